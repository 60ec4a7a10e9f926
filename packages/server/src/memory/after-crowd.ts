/** What a handshake leaves behind for V8 to collect, in bytes (measured). */
const handshakeBytes = 20 << 10;
/** Collecting halts the hub for about 1 ms for each MiB in use, so it must be worth that: garbage of this part of it. */
const worthwhile = 0.25;
/** Handshakes between two looks with which a crowd still counts as coming. */
const crowd = 25;
/** Looks until V8 has done it: it begins within ten seconds. */
const looksUntilDone = 4;

export interface AfterCrowdOptions {
  /** Has V8 collect soon what it can, or no longer. */
  setThrifty(isThrifty: boolean): void;
  /** Bytes of V8's heap that are in use, garbage included. */
  usedBytes(): number;
}

/**
 * Gives back what a crowd has left that came in at once. V8 does it by itself only where a process hardly does anything,
 * and ten thousand clients that say no more than that they are there do not let it: four times what they need stays
 * resident.
 * @returns to be called every five seconds with the number of handshakes so far.
 */
export function createAfterCrowd({ setThrifty, usedBytes }: AfterCrowdOptions) {
  let collected = 0;
  let before = 0;
  let looksLeft = 0;
  return (handshakes: number): void => {
    if (looksLeft > 0 && --looksLeft === 0) setThrifty(false);
    const isComing = handshakes - before >= crowd;
    before = handshakes;
    const garbageBytes = (handshakes - collected) * handshakeBytes;
    if (isComing || garbageBytes === 0 || garbageBytes < worthwhile * usedBytes()) return;
    collected = handshakes;
    looksLeft = looksUntilDone;
    setThrifty(true);
  };
}
