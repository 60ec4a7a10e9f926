import type { Key } from "ink";

/** One thing the user did on the keyboard. */
export type KeyPress =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "paste"; readonly text: string }
  /** `enter`, `ctrl+a`, `alt+b`, `alt+left`… */
  | { readonly type: "key"; readonly name: string };

/** More Enters than this in one chunk were not typed: it is a paste by a terminal that does not mark pastes. */
const MAX_TYPED_ENTERS = 4;

const NAMED_KEYS = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "pageup"],
  ["pageDown", "pagedown"],
  ["home", "home"],
  ["end", "end"],
  ["return", "enter"],
  ["escape", "escape"],
  ["tab", "tab"],
  ["backspace", "backspace"],
  ["delete", "delete"],
] as const;

/**
 * What Ink's `useInput` reports, as keys and text. Terminals and tmux put several keys in one chunk (`hello\r` and
 * `\x15hi\r` arrive whole), which Ink passes on as text: they are taken apart here.
 */
export function readKeys(input: string, key: Key): KeyPress[] {
  const named = NAMED_KEYS.find(([property]) => key[property])?.[1];
  const prefix = `${key.ctrl ? "ctrl+" : ""}${key.meta && named !== "escape" ? "alt+" : ""}`;
  if (named !== undefined) {
    const shift = named === "tab" && key.shift ? "shift+" : "";
    return [{ type: "key", name: `${prefix}${shift}${named}` }];
  }
  if (prefix !== "") return input === "" ? [] : [{ type: "key", name: prefix + input.toLowerCase() }];
  return splitChunk(input);
}

/**
 * `readKeys` for a terminal that was not raw from the beginning: what was typed while we started comes in the first chunk,
 * with each Enter as a line feed.
 */
export function createKeyReader(): typeof readKeys {
  let isFirst = true;
  return (input, key) => {
    const chunk = isFirst ? input.replaceAll("\n", "\r") : input;
    isFirst = false;
    return readKeys(chunk, key);
  };
}

function splitChunk(chunk: string): KeyPress[] {
  const enters = chunk.split("\r").length - 1;
  if (enters > MAX_TYPED_ENTERS) return [{ type: "paste", text: chunk }];
  // oxlint-disable-next-line no-control-regex
  const parts = chunk.match(/[\u0000-\u001f\u007f]|[^\u0000-\u001f\u007f]+/g) ?? [];
  return parts.map((part) => {
    const code = part.charCodeAt(0);
    if (code >= 0x20 && code !== 0x7f) return { type: "text", text: part };
    return { type: "key", name: controlName(code) };
  });
}

function controlName(code: number): string {
  if (code === 0x0d) return "enter";
  if (code === 0x09) return "tab";
  if (code === 0x1b) return "escape";
  if (code === 0x7f || code === 0x08) return "backspace";
  return `ctrl+${String.fromCharCode(code + 0x60)}`;
}
