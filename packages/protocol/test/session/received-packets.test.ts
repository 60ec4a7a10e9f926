import fc from "fast-check";
import { expect, test } from "vitest";

import { ReceivedPackets, REPLAY_WINDOW } from "../../src/session/received-packets.ts";

/** Offers a number and tells whether it was taken, as a session does after a packet has authenticated. */
function offer(packets: ReceivedPackets, packetNumber: number): boolean {
  const isNew = packets.isNew(packetNumber);
  if (isNew) packets.add(packetNumber);
  return isNew;
}

// The steps of wireguard-go's replay_test.go, with our window instead of its limit.
const T_LIM = REPLAY_WINDOW;
const STEPS: readonly (readonly [number, boolean])[] = [
  [0, true],
  [1, true],
  [1, false],
  [9, true],
  [8, true],
  [7, true],
  [7, false],
  [T_LIM - 1, true],
  [T_LIM, true],
  [T_LIM, false],
  [T_LIM - 1, false],
  [T_LIM - 2, true],
  [2, true],
  [2, false],
  [T_LIM + 16, true],
  [3, false],
  [T_LIM + 16, false],
  [T_LIM * 4, true],
  [T_LIM * 4 - (T_LIM - 1), true],
  [10, false],
  [T_LIM * 4 - T_LIM, false],
  [T_LIM * 4 - (T_LIM + 1), false],
  [T_LIM * 4 - (T_LIM - 2), true],
  [T_LIM * 4 + 1 - T_LIM, false],
  [0, false],
];

test("numbers are taken once and only within the window, step by step as in WireGuard", () => {
  const packets = new ReceivedPackets();
  STEPS.forEach(([packetNumber, isTaken], step) => {
    expect(offer(packets, packetNumber), `step ${step}: ${packetNumber}`).toBe(isTaken);
  });
});

test("a whole window arrives in rising and in falling order, each number once", () => {
  for (const numbers of [
    Array.from({ length: REPLAY_WINDOW }, (_unused, i) => i),
    Array.from({ length: REPLAY_WINDOW }, (_unused, i) => REPLAY_WINDOW - 1 - i),
  ]) {
    const packets = new ReceivedPackets();
    for (const packetNumber of numbers) expect(offer(packets, packetNumber)).toBe(true);
    for (const packetNumber of numbers) expect(offer(packets, packetNumber)).toBe(false);
  }
});

test("it agrees with a list of all numbers ever seen", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 6000 }), { maxLength: 300 }), (numbers) => {
      const packets = new ReceivedPackets();
      const seen = new Set<number>();
      let highest = -1;
      for (const packetNumber of numbers) {
        const isNew = !seen.has(packetNumber) && packetNumber > highest - REPLAY_WINDOW;
        expect(offer(packets, packetNumber)).toBe(isNew);
        if (isNew) seen.add(packetNumber);
        highest = Math.max(highest, isNew ? packetNumber : highest);
        expect(packets.highest).toBe(highest);
      }
    }),
  );
});

test("an ACK names the highest ranges first and leaves out what the peer knows", () => {
  const packets = new ReceivedPackets();
  for (const packetNumber of [0, 1, 2, 5, 6, 9]) packets.add(packetNumber);
  expect(packets.ackRanges()).toEqual([
    [9, 9],
    [5, 6],
    [0, 2],
  ]);
  packets.forgetAcksBelow(5);
  expect(packets.ackRanges()).toEqual([
    [9, 9],
    [5, 6],
  ]);
  expect(packets.ackRanges(1)).toEqual([[9, 9]]);
});

test("a missing number below, or a late one, is out of order", () => {
  const packets = new ReceivedPackets();
  packets.add(0);
  expect(packets.isOutOfOrder(0)).toBe(false);
  packets.add(2);
  expect(packets.isOutOfOrder(2)).toBe(true);
  packets.add(1);
  expect(packets.isOutOfOrder(1)).toBe(true);
  packets.add(3);
  expect(packets.isOutOfOrder(3)).toBe(false);
});
