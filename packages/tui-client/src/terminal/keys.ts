/** One thing the user did at the terminal. */
export type KeyPress =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "paste"; readonly text: string }
  /** `enter`, `ctrl+a`, `alt+b`, `alt+left`, `f1`, `shift+tab`; the prefixes stand in this order: ctrl, alt, shift. */
  | { readonly type: "key"; readonly name: string }
  /** The wheel, where the mouse is on; rows, up when negative. */
  | { readonly type: "wheel"; readonly rows: number }
  | { readonly type: "focus"; readonly isFocused: boolean };

const CSI_LETTERS: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  E: "clear",
  F: "end",
  H: "home",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
  Z: "shift+tab",
};

const CSI_NUMBERS: Readonly<Record<string, string>> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
  11: "f1",
  12: "f2",
  13: "f3",
  14: "f4",
  15: "f5",
  17: "f6",
  18: "f7",
  19: "f8",
  20: "f9",
  21: "f10",
  23: "f11",
  24: "f12",
};

const WHEEL_ROWS = 3;

/** A key from the rest of a CSI sequence, for example `1;3A`; undefined for one that means nothing to us. */
export function keyOfCsi(parameters: string, final: string): KeyPress | undefined {
  if (final === "I" || final === "O") return { type: "focus", isFocused: final === "I" };
  if (parameters.startsWith("<")) return wheelOf(parameters, final);
  const [first = "", modifier = ""] = parameters.split(";");
  const name =
    final === "~" ? CSI_NUMBERS[first] : final === "u" ? nameOfCode(Number(first)) : CSI_LETTERS[final];
  return name === undefined
    ? undefined
    : { type: "key", name: modify(name, Number(modifier.split(":")[0]) || 1) };
}

/** A control character or DEL by the name of its key. */
export function keyOfControl(code: number): string {
  return nameOfCode(code) ?? (code === 0x1f ? "ctrl+_" : `ctrl+${String.fromCharCode(code + 0x60)}`);
}

/** `alt+a`, `alt+shift+a`, `alt+enter`: what comes behind an escape character. */
export function keyOfAlt(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20 || code === 0x7f) return keyOfControl(code).replace(/^(ctrl\+)?/, "$1alt+");
  const lower = character.toLowerCase();
  return lower === character ? `alt+${character}` : `alt+shift+${lower}`;
}

function nameOfCode(code: number): string | undefined {
  if (code === 0x0d) return "enter";
  if (code === 0x09) return "tab";
  if (code === 0x1b) return "escape";
  if (code === 0x7f || code === 0x08) return "backspace";
  return code >= 0x20 && code < 0x110000 ? String.fromCodePoint(code) : undefined;
}

/** xterm's modifier parameter is 1 + a sum of 1 shift, 2 alt, 4 ctrl. */
function modify(name: string, modifier: number): string {
  const bits = modifier - 1;
  const shift = (bits & 1) !== 0 && !name.startsWith("shift+") ? "shift+" : "";
  return `${(bits & 4) !== 0 ? "ctrl+" : ""}${(bits & 2) !== 0 ? "alt+" : ""}${shift}${name}`;
}

function wheelOf(parameters: string, final: string): KeyPress | undefined {
  const button = Number(parameters.slice(1).split(";")[0]);
  if (final !== "M" || (button !== 64 && button !== 65)) return undefined;
  return { type: "wheel", rows: button === 64 ? -WHEEL_ROWS : WHEEL_ROWS };
}
