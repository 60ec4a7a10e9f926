/** Off while we draw: a terminal that measures a grapheme wider than we do must not break the row at its edge. */
const WRAP = 7;
const BRACKETED_PASTE = 2004;
const FOCUS_REPORTS = 1004;
const MOUSE_BUTTONS = 1000;
const MOUSE_SGR = 1006;

const set = (modes: readonly number[]) => modes.map((mode) => `\u001b[?${mode}h`).join("");
const reset = (modes: readonly number[]) => modes.map((mode) => `\u001b[?${mode}l`).join("");

/** What the terminal is asked to do for us beside drawing, and stops doing when it is given back. */
export interface TerminalModes {
  enter(): void;
  leave(): void;
  /** Off by default: the terminal's own selection does not work beside it. */
  setMouse(isOn: boolean): void;
}

export function createTerminalModes(write: (sequence: string) => void, isMouseOn = false): TerminalModes {
  let hasMouse = isMouseOn;
  let isEntered = false;
  const modes = () => [BRACKETED_PASTE, FOCUS_REPORTS, ...(hasMouse ? [MOUSE_BUTTONS, MOUSE_SGR] : [])];
  return {
    enter() {
      isEntered = true;
      write(reset([WRAP]) + set(modes()));
    },
    leave() {
      if (!isEntered) return;
      isEntered = false;
      write(reset(modes()) + set([WRAP]));
    },
    setMouse(isOn) {
      if (isOn === hasMouse) return;
      hasMouse = isOn;
      if (isEntered) write((isOn ? set : reset)([MOUSE_BUTTONS, MOUSE_SGR]));
    },
  };
}
