import type { RunPiece } from "@palaver/client";
import type { Words } from "../i18n/words.ts";
import { sanitizeLine } from "./sanitize.ts";

const BAR_CELLS = 10;

/** `[#####-----] 52 %`. @param share 0 to 1 */
export function drawBar(share: number): string {
  const filled = Math.floor(share * BAR_CELLS);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_CELLS - filled)}] ${Math.floor(share * 100)} %`;
}

/** A reply that says how far something is, and is no part of the answer: its data has `progress`, 0 to 1. */
export interface Progress {
  readonly share: number;
  /** What it is, in words. */
  readonly task: string;
}

export function progressOf(piece: RunPiece, words: Words): Progress | undefined {
  if (piece.type !== "text" || typeof piece.data !== "object" || piece.data === null) return undefined;
  if (!("progress" in piece.data) || typeof piece.data.progress !== "number") return undefined;
  const share = Math.max(0, Math.min(1, piece.data.progress));
  if (Number.isNaN(share)) return undefined;
  const isDictionary = "task" in piece.data && piece.data.task === "dictionary";
  return { share, task: isDictionary ? words.buildingDictionary : sanitizeLine(piece.text) };
}

/** `[#####-----] 52 %  building the dictionary` */
export function drawProgress({ share, task }: Progress): string {
  return `${drawBar(share)}  ${task}`;
}
