import { ReceivedPackets, REPLAY_WINDOW } from "../../src/session/received-packets.ts";

/** First and last packet number of a run, counted up or down, and whether each of them is to be accepted. */
type Run = readonly [first: number, last: number, isAccepted: boolean];

// WireGuard's cases (wireguard-go, replay/replay_test.go, "Ported from the linux kernel implementation"; MIT), with our
// window: its T_LIM is the distance at which a number is just too old, its windowSize one less.
const limit = REPLAY_WINDOW;
const size = REPLAY_WINDOW - 1;
// Packet numbers end before 2^48; the cases that need no limit of the filter itself are kept relative to it.
const end = 2 ** 48 - 2 ** 20;

const one = (number: number, isAccepted: boolean): Run => [number, number, isAccepted];

const sequences: readonly (readonly [string, readonly Run[]])[] = [
  [
    "WireGuard's steps",
    [
      one(0, true),
      one(1, true),
      one(1, false),
      one(9, true),
      one(8, true),
      one(7, true),
      one(7, false),
      one(limit, true),
      one(limit - 1, true),
      one(limit - 1, false),
      one(limit - 2, true),
      one(2, true),
      one(2, false),
      one(limit + 16, true),
      one(3, false),
      one(limit + 16, false),
      one(limit * 4, true),
      one(limit * 4 - (limit - 1), true),
      one(10, false),
      one(limit * 4 - limit, false),
      one(limit * 4 - (limit + 1), false),
      one(limit * 4 - (limit - 2), true),
      one(limit * 4 + 1 - limit, false),
      one(0, false),
      one(end - 1, true),
      one(end - 1, false),
      one(end - 2, true),
      one(end - 2, false),
      one(end - 3, true),
      one(0, false),
    ],
  ],
  ["WireGuard's bulk 1: rising, then the lowest", [[1, size, true], one(0, true), one(0, false)]],
  ["WireGuard's bulk 2: rising by one more", [[2, size + 1, true], one(1, true), one(0, false)]],
  ["WireGuard's bulk 3: falling", [[size + 1, 1, true]]],
  ["WireGuard's bulk 4: falling by one more", [[size + 2, 2, true], one(0, false)]],
  ["WireGuard's bulk 5: falling, then one higher", [[size, 1, true], one(size + 1, true), one(0, false)]],
  ["WireGuard's bulk 6: falling to 0, then one higher", [[size, 1, true], one(0, true), one(size + 1, true)]],
  [
    "a jump beyond the window forgets everything",
    [[0, 9, true], one(9 + limit, true), [1, 9, false], one(10, true)],
  ],
];

/** Plays a sequence and throws where the window decides otherwise: a vector is never wrong in silence. */
function play(name: string, runs: readonly Run[]): void {
  const received = new ReceivedPackets();
  for (const [first, last, isAccepted] of runs) {
    const step = first <= last ? 1 : -1;
    for (let number = first; ; number += step) {
      if (received.isNew(number) !== isAccepted) throw new Error(`${name}: ${number}`);
      if (isAccepted) received.add(number);
      if (number === last) break;
    }
  }
}

/** Which packet numbers are taken, in the order of their arrival. */
export function replayWindowVectors() {
  for (const [name, runs] of sequences) play(name, runs);
  return {
    about:
      "Replay window (docs/protocol.md, Replay window). A run is [first, last, accepted]: every number from first to " +
      "last, counted up or down, arrives in this order. The first seven sequences are WireGuard's, with our window; its " +
      "four of 34 steps that test a limit of the filter itself (REJECT_AFTER_MESSAGES) are left out.",
    window: REPLAY_WINDOW,
    sequences: sequences.map(([name, runs]) => ({ name, runs })),
  };
}
