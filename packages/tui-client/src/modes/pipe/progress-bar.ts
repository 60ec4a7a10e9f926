import type { TransferProgress } from "@palaver/client";
import { sanitizeLine } from "../../text/sanitize.ts";
import { formatSize } from "../../text/size.ts";
import { fitText, truncateText } from "../../text/width.ts";
import type { Output } from "./output.ts";

const EVERY_MS = 100;
const BAR_CELLS = 20;
const MAX_NAME_CELLS = 24;
const DEFAULT_COLUMNS = 80;

/** How far a transfer is, in one line of a terminal; nothing is drawn where standard error is none. */
export interface ProgressBar {
  show(progress: TransferProgress): void;
  /** Takes the line away. */
  clear(): void;
}

/** @param now milliseconds of a clock that does not jump */
export function createProgressBar(stderr: Output, now: () => number = () => performance.now()): ProgressBar {
  let shownAtMs = -Infinity;
  let began: { readonly from: number; readonly atMs: number } | undefined;
  let isShown = false;
  const draw = (line: string) => {
    // A terminal that does not know its width says 0.
    const columns = (stderr.columns || DEFAULT_COLUMNS) - 1;
    // Blanks instead of an escape sequence, so that every terminal can do it.
    void stderr.write(`\r${fitText(line, columns)}\r${truncateText(line, columns)}`).catch(() => {});
  };
  return {
    show(progress) {
      if (!stderr.isTerminal) return;
      const atMs = now();
      if (began?.from !== progress.from) began = { from: progress.from, atMs };
      if (atMs - shownAtMs < EVERY_MS) return;
      shownAtMs = atMs;
      isShown = true;
      draw(progressLine(progress, (atMs - began.atMs) / 1000));
    },
    clear() {
      if (isShown) draw("");
      isShown = false;
      began = undefined;
      shownAtMs = -Infinity;
    },
  };
}

/** `photo.png [######------] 52 %  1.1 of 2.1 MB  12.3 MB/s  0:04` */
export function progressLine({ name, bytes, size, from }: TransferProgress, seconds: number): string {
  const share = size === 0 ? 1 : bytes / size;
  const filled = Math.floor(share * BAR_CELLS);
  const bar = `[${"#".repeat(filled)}${"-".repeat(BAR_CELLS - filled)}]`;
  const parts = [
    `${truncateText(sanitizeLine(name), MAX_NAME_CELLS)} ${bar} ${Math.floor(share * 100)} %`,
    `${formatSize(bytes)} of ${formatSize(size)}`,
  ];
  const rate = seconds > 0 ? (bytes - from) / seconds : 0;
  if (rate > 0) parts.push(`${formatSize(rate)}/s`, formatTime((size - bytes) / rate));
  return parts.join("  ");
}

function formatTime(seconds: number): string {
  const whole = Math.ceil(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
