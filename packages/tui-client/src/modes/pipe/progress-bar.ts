import type { TransferProgress } from "@palaver/client";
import { showTransfer } from "../../text/transfer-progress.ts";
import { fitText, truncateText } from "../../text/width.ts";
import type { Output } from "./output.ts";

const EVERY_MS = 100;
const DEFAULT_COLUMNS = 80;

/** How far a transfer is, in one line of a terminal; nothing is drawn where standard error is none. */
export interface ProgressBar {
  show(progress: TransferProgress): void;
  /** How far something else is. */
  line(text: string): void;
  /** Takes the line away; what is shown next is another transfer. */
  clear(): void;
}

/** @param now milliseconds of a clock that does not jump */
export function createProgressBar(stderr: Output, now: () => number = () => performance.now()): ProgressBar {
  let isShown = false;
  const draw = (line: string) => {
    isShown = true;
    // A terminal that does not know its width says 0.
    const columns = (stderr.columns || DEFAULT_COLUMNS) - 1;
    // Blanks instead of an escape sequence, so that every terminal can do it.
    void stderr.write(`\r${fitText(line, columns)}\r${truncateText(line, columns)}`).catch(() => {});
  };
  let show = showTransfer(EVERY_MS, draw, now);
  return {
    show(progress) {
      if (stderr.isTerminal) show(progress);
    },
    line(text) {
      if (stderr.isTerminal) draw(text);
    },
    clear() {
      if (isShown) draw("");
      isShown = false;
      show = showTransfer(EVERY_MS, draw, now);
    },
  };
}
