import type { TransferProgress } from "@palaver/client";
import { drawBar } from "./progress.ts";
import { sanitizeLine } from "./sanitize.ts";
import { formatSize } from "./size.ts";
import { truncateText } from "./width.ts";

const MAX_NAME_CELLS = 24;

/**
 * Shows how far one transfer is, at most once in `everyMs`.
 * @param now milliseconds of a clock that does not jump
 */
export function showTransfer(
  everyMs: number,
  show: (line: string) => void,
  now: () => number = () => performance.now(),
): (progress: TransferProgress) => void {
  let shownAtMs = -Infinity;
  let began: { readonly from: number; readonly atMs: number } | undefined;
  return (progress) => {
    const atMs = now();
    // After a break it goes on from elsewhere: the time before says nothing about the rate.
    if (began?.from !== progress.from) began = { from: progress.from, atMs };
    if (atMs - shownAtMs < everyMs) return;
    shownAtMs = atMs;
    show(progressLine(progress, (atMs - began.atMs) / 1000));
  };
}

/** `[#####-----] 52 %  0:04  12.3 MB/s  1.1 MB / 2.1 MB  photo.png`: what may be cut off stands last. */
export function progressLine({ name, bytes, size, from }: TransferProgress, seconds: number): string {
  const share = size === 0 ? 1 : bytes / size;
  const rate = seconds > 0 ? (bytes - from) / seconds : 0;
  return [
    drawBar(share),
    ...(rate > 0 ? [formatTime((size - bytes) / rate), `${formatSize(rate)}/s`] : []),
    `${formatSize(bytes)} / ${formatSize(size)}`,
    truncateText(sanitizeLine(name), MAX_NAME_CELLS),
  ].join("  ");
}

function formatTime(seconds: number): string {
  const whole = Math.ceil(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
