/** What a handshake leaves behind for V8 to collect, in bytes (measured). */
const handshakeBytes = 20 << 10;
/** The hub does nothing else meanwhile, so it must be worth that: garbage of this part of what is in use. */
const worthwhile = 0.25;
/** Handshakes between two looks that are a crowd. What fewer leave V8 collects in time, and to halt for them would be felt. */
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
  let crowded = 0;
  let before = 0;
  return (handshakes: number): void => {
    const came = handshakes - before;
    before = handshakes;
    if (came >= crowd) {
      crowded += came;
      return;
    }
    const garbageBytes = crowded * handshakeBytes;
    crowded = 0;
    if (garbageBytes > 0 && garbageBytes >= worthwhile * usedBytes()) collectGarbage();
  };
}
