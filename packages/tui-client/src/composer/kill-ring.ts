/** Killed pieces that are kept; the oldest goes first. */
export const MAX_KILLS = 20;

/** What was killed, newest first, for yanking back. */
export type KillRing = readonly string[];

/** Adds a piece; one killed right behind or before the last one joins it, as in readline. */
export function addKill(
  ring: KillRing,
  piece: string,
  { joins, side }: { readonly joins: boolean; readonly side: "before" | "behind" },
): KillRing {
  if (piece === "") return ring;
  const [newest, ...older] = ring;
  if (!joins || newest === undefined) return [piece, ...ring].slice(0, MAX_KILLS);
  return [side === "before" ? piece + newest : newest + piece, ...older];
}

/** The ring with its newest piece at the end: what yank-pop takes next is in front. */
export function rotateKills(ring: KillRing): KillRing {
  const [newest, ...older] = ring;
  return newest === undefined ? ring : [...older, newest];
}
