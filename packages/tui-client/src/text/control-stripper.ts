/** Longest control string (OSC, DCS…) that is swallowed; an unterminated one must not hide what follows. */
const MAX_CONTROL_STRING = 2048;
/** Longest CSI sequence that is swallowed. */
const MAX_CSI = 64;

const ESC = 0x1b;
const CAN = 0x18;
const SUB = 0x1a;
const BEL = 0x07;
const ST = 0x9c;
const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;

type State = "text" | "escape" | "csi" | "string" | "string-escape";

// Marks that reorder or hide text on a terminal. ZWJ (200D) and the variation selectors stay: emoji need them.
const REORDERING_OR_INVISIBLE =
  // oxlint-disable-next-line no-misleading-character-class
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

const isStringStart = (code: number) =>
  code === 0x5d || code === 0x50 || code === 0x58 || code === 0x5e || code === 0x5f;
const isC1StringStart = (code: number) =>
  code === 0x9d || code === 0x90 || code === 0x98 || code === 0x9e || code === 0x9f;

/** Takes terminal controls out of text that comes in pieces; a sequence may be cut anywhere between two pieces. */
export interface ControlStripper {
  /** The piece without escape sequences, C0 and C1 controls (line feed and tab stay, CR and CRLF become LF) and bidi marks. */
  push(piece: string): string;
}

export function createControlStripper(): ControlStripper {
  let state: State = "text";
  let swallowed = 0;
  let afterCr = false;

  /** What stays of one code unit that stands outside any sequence. */
  function plain(code: number, unit: string): string {
    const followsCr = afterCr;
    afterCr = code === CR;
    if (code === ESC) state = "escape";
    else if (code === 0x9b) state = "csi";
    else if (isC1StringStart(code)) state = "string";
    else if (code === CR) return "\n";
    else if (code === LF) return followsCr ? "" : "\n";
    else if (code === TAB || (code >= 0x20 && code < 0x7f) || code > 0x9f) return unit;
    swallowed = 0;
    return "";
  }

  function step(code: number, unit: string): string {
    switch (state) {
      case "text":
        return plain(code, unit);
      case "escape":
        if (code >= 0x20 && code <= 0x2f) return "";
        state = code === 0x5b ? "csi" : isStringStart(code) ? "string" : "text";
        if (state !== "text" || (code >= 0x30 && code <= 0x7e)) return "";
        return plain(code, unit);
      case "csi":
        if (code >= 0x20 && code <= 0x3f && ++swallowed <= MAX_CSI) return "";
        state = "text";
        return code >= 0x40 && code <= 0x7e ? "" : plain(code, unit);
      case "string-escape":
        state = "text";
        if (code === 0x5c) return "";
        state = "escape";
        return step(code, unit);
      case "string":
        if (code === ESC) state = "string-escape";
        else if (code === BEL || code === ST || code === CAN || code === SUB) state = "text";
        else if (code === LF || code === CR || ++swallowed > MAX_CONTROL_STRING) {
          state = "text";
          return plain(code, unit);
        }
        return "";
    }
  }

  return {
    push(piece) {
      let kept = "";
      for (let index = 0; index < piece.length; index++) {
        kept += step(piece.charCodeAt(index), piece.charAt(index));
      }
      return kept.replace(REORDERING_OR_INVISIBLE, "");
    },
  };
}
