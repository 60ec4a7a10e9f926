/** What a handshake leaves behind for V8 to collect, in bytes (measured). */
const handshakeBytes = 20 << 10;
/** The hub does nothing else meanwhile, so it must be worth that: garbage of this part of what is in use. */
const worthwhile = 0.25;
/** Handshakes between two looks with which a crowd still counts as coming. */
const crowd = 25;

export interface AfterCrowdOptions {
  collectGarbage(): void;
  /** Bytes of V8's heap that are in use, garbage included. */
  usedBytes(): number;
}

/**
 * Collects what a crowd has left that came in at once. V8 does it by itself only where a process hardly does anything,
 * and ten thousand clients that say no more than that they are there do not let it: four times what they need stays
 * resident.
 * @returns to be called every few seconds with the number of handshakes so far.
 */
export function createAfterCrowd({ collectGarbage, usedBytes }: AfterCrowdOptions) {
  let collected = 0;
  let before = 0;
  return (handshakes: number): void => {
    const isComing = handshakes - before >= crowd;
    before = handshakes;
    const garbageBytes = (handshakes - collected) * handshakeBytes;
    if (isComing || garbageBytes === 0 || garbageBytes < worthwhile * usedBytes()) return;
    collected = handshakes;
    collectGarbage();
  };
}
