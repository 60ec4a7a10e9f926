import { type KeyPress, keyOfAlt, keyOfControl, keyOfCsi } from "./keys.ts";

/** More Enters than this in one chunk were not typed: it is a paste by a terminal that does not mark pastes. */
const MAX_TYPED_ENTERS = 4;
/** Longest paste that is taken in, in UTF-16 units; the rest of it is dropped. */
const MAX_PASTE = 1_048_576;
/** Longest escape sequence that is waited for; what is longer is none. */
const MAX_SEQUENCE = 256;
/** Alone in a chunk it was pressed: the way out of a paste whose end got lost. */
const CTRL_C = "\u0003";
const PASTE_START = "\u001b[200~";
const PASTE_END = "\u001b[201~";

// oxlint-disable-next-line no-control-regex
const CSI = /^\u001b{1,2}\[(\[?[0-?]*)([ -/]*)([@-~])/;
// oxlint-disable-next-line no-control-regex
const SS3 = /^\u001bO([0-9;]*)([A-Za-z])/;
// Replies of the terminal: OSC, DCS, APC, PM, SOS up to their end.
// oxlint-disable-next-line no-control-regex
const CONTROL_STRING = /^\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)/;
const UNFINISHED =
  // oxlint-disable-next-line no-control-regex
  /^(?:\u001b|\u001b\u001b?\[\[?[0-?]*[ -/]*|\u001bO[0-9;]*|\u001b[\]PX^_][^\u0007\u001b]*\u001b?)$/;
// oxlint-disable-next-line no-control-regex
const TEXT = /^[^\u0000-\u001f\u007f]+/;

/** Takes apart what the terminal sends; keys, text and sequences may be cut and joined anywhere. */
export interface KeyParser {
  push(chunk: string): KeyPress[];
  /** A sequence has begun and is not finished: when nothing follows soon, `flush`. */
  readonly isWaiting: boolean;
  /** Nothing followed: an escape character was the Escape key. */
  flush(): KeyPress[];
}

export function createKeyParser(): KeyParser {
  let rest = "";
  let pasted: string | undefined;

  function read(isFinal: boolean): KeyPress[] {
    const presses: KeyPress[] = [];
    while (rest !== "") {
      if (pasted !== undefined) {
        if (!readPaste(presses)) break;
        continue;
      }
      if (rest.startsWith(PASTE_START)) {
        rest = rest.slice(PASTE_START.length);
        pasted = "";
        continue;
      }
      if (!isFinal && UNFINISHED.test(rest) && rest.length < MAX_SEQUENCE) break;
      const [length, press] = readOne(rest);
      rest = rest.slice(length);
      if (press !== undefined) presses.push(press);
    }
    return presses;
  }

  /** True when the paste has ended. */
  function readPaste(presses: KeyPress[]): boolean {
    const end = rest.indexOf(PASTE_END);
    // The end may be cut: as much as could belong to it waits for more.
    const upTo = end === -1 ? Math.max(0, rest.length - PASTE_END.length + 1) : end;
    pasted = ((pasted ?? "") + rest.slice(0, upTo)).slice(0, MAX_PASTE);
    rest = rest.slice(end === -1 ? upTo : end + PASTE_END.length);
    if (end === -1) return false;
    presses.push({ type: "paste", text: pasted });
    pasted = undefined;
    return true;
  }

  return {
    get isWaiting() {
      return rest !== "" && pasted === undefined;
    },
    push(chunk) {
      if (pasted !== undefined && chunk === CTRL_C) {
        pasted = undefined;
        rest = "";
        return [key("ctrl+c")];
      }
      const isUnmarkedPaste =
        rest === "" &&
        pasted === undefined &&
        !chunk.includes("\u001b") &&
        chunk.split("\r").length - 1 > MAX_TYPED_ENTERS;
      if (isUnmarkedPaste) return [{ type: "paste", text: chunk.slice(0, MAX_PASTE) }];
      rest += chunk;
      return read(false);
    },
    flush: () => read(true),
  };
}

/** The first thing in `input`, and how long it is. */
function readOne(input: string): [length: number, press: KeyPress | undefined] {
  const text = TEXT.exec(input)?.[0];
  if (text !== undefined) return [text.length, { type: "text", text }];
  if (!input.startsWith("\u001b")) return [1, key(keyOfControl(input.charCodeAt(0)))];

  const csi = CSI.exec(input);
  if (csi !== null) {
    const [sequence, parameters = "", , final = ""] = csi;
    // The Linux console sends F1 to F5 as `[[A` to `[[E`.
    if (parameters === "[") return [sequence.length, key(`f${final.charCodeAt(0) - 0x40}`)];
    const press = keyOfCsi(parameters, final);
    // rxvt puts an escape before the sequence for Alt.
    const isAlt = sequence.startsWith("\u001b\u001b") && press?.type === "key";
    // With a modifier of its own it is no rxvt's: the Escape key was pressed just before.
    if (isAlt && press.name.includes("alt+")) return [1, key("escape")];
    return [sequence.length, isAlt ? key(`alt+${press.name}`) : press];
  }
  const ss3 = SS3.exec(input);
  if (ss3 !== null) return [ss3[0].length, keyOfCsi(ss3[1] ? `1;${ss3[1]}` : "", ss3[2] ?? "")];
  const string = CONTROL_STRING.exec(input);
  if (string !== null) return [string[0].length, undefined];

  const code = input.codePointAt(1);
  const next = code === undefined ? undefined : String.fromCodePoint(code);
  return next === undefined || next === "\u001b"
    ? [1, key("escape")]
    : [1 + next.length, key(keyOfAlt(next))];
}

const key = (name: string): KeyPress => ({ type: "key", name });
