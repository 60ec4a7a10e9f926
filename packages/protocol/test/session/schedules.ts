import fc from "fast-check";
import { expect } from "vitest";

import type { Session } from "../../src/session/index.ts";
import { createSessionPair, type Ear, type SessionPair } from "../session-pair.ts";
import type { TraceEntry } from "../simulated-network.ts";

interface Schedule {
  seed: number;
  loss: number;
  duplicate: number;
  reorder: number;
  corrupt: number;
  delayMs: number;
  jitterMs: number;
  /** The network is cut from `cutMs` for `cutForMs`. */
  cutMs: number;
  cutForMs: number;
  rebinds: number[];
  /** The client's clock jumps ahead by this at 1 s. */
  jumpMs: number;
  writes: { atMs: number; byServer: boolean; stream: number; size: number }[];
}

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  loss: fc.double({ min: 0, max: 0.4, noNaN: true }),
  duplicate: fc.double({ min: 0, max: 0.2, noNaN: true }),
  reorder: fc.double({ min: 0, max: 0.3, noNaN: true }),
  corrupt: fc.double({ min: 0, max: 0.1, noNaN: true }),
  delayMs: fc.integer({ min: 0, max: 200 }),
  jitterMs: fc.integer({ min: 0, max: 50 }),
  cutMs: fc.integer({ min: 0, max: 5000 }),
  cutForMs: fc.integer({ min: 0, max: 3000 }),
  rebinds: fc.array(fc.integer({ min: 0, max: 6000 }), { maxLength: 4 }),
  jumpMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 600_000 })),
  writes: fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 5000 }),
      byServer: fc.boolean(),
      stream: fc.integer({ min: 0, max: 3 }),
      size: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 60_000 })),
    }),
    { minLength: 1, maxLength: 12 },
  ),
});

/** Schedules that failed once. */
export const REGRESSIONS: [Schedule][] = [
  [
    // An outage made a rate sample of a few bytes a second, and pacing by it outlasted the outage by minutes.
    {
      seed: 0,
      loss: 0,
      duplicate: 0,
      reorder: 0,
      corrupt: 0,
      delayMs: 0,
      jitterMs: 0,
      cutMs: 206,
      cutForMs: 1664,
      rebinds: [],
      jumpMs: 665,
      writes: [
        { atMs: 710, byServer: false, stream: 0, size: 12_319 },
        { atMs: 159, byServer: false, stream: 0, size: 1 },
        { atMs: 710, byServer: false, stream: 0, size: 278 },
      ],
    },
  ],
  [
    // A machine that slept while packets were under way took the sleep for their round trip.
    {
      seed: 0,
      loss: 0,
      duplicate: 0,
      reorder: 0,
      corrupt: 0,
      delayMs: 40,
      jitterMs: 26,
      cutMs: 1004,
      cutForMs: 61,
      rebinds: [],
      jumpMs: 334_488,
      writes: [
        { atMs: 10, byServer: false, stream: 0, size: 31_893 },
        { atMs: 268, byServer: true, stream: 0, size: 299 },
        { atMs: 501, byServer: false, stream: 0, size: 37_889 },
      ],
    },
  ],
];

interface Outcome {
  readonly pair: SessionPair;
  readonly trace: TraceEntry[];
  /** Bytes written, by direction and stream. */
  readonly sent: { up: Map<number, number[]>; down: Map<number, number[]> };
  readonly isComplete: boolean;
}

/** Plays a schedule, heals the network at 8 s and waits for what is missing. */
export function play(schedule: Schedule, watch?: (pair: SessionPair) => void): Outcome {
  const { seed, loss, duplicate, reorder, corrupt, delayMs, jitterMs } = schedule;
  const pair = createSessionPair({ seed });
  const { network } = pair;
  const trace: TraceEntry[] = [];
  network.onSend = (entry) => trace.push(entry);
  pair.connect();
  network.conditions = {
    ...network.conditions,
    loss,
    duplicate,
    reorder,
    reorderMs: 100,
    corrupt,
    delayMs,
    jitterMs,
  };
  const startMs = network.nowMs;
  const healMs = startMs + 8000;
  const isCutAt = (atMs: number): boolean =>
    atMs >= startMs + schedule.cutMs && atMs < startMs + schedule.cutMs + schedule.cutForMs;
  network.isCut = () => isCutAt(network.nowMs);
  schedule.rebinds.forEach((afterMs, i) => {
    network.at(startMs + afterMs, () => network.rebind(pair.clientNode, `198.51.100.${i + 8}:4${i}000`));
  });
  if (schedule.jumpMs > 0)
    network.at(startMs + 1000, () => void (pair.clientNode.clockSkewMs = schedule.jumpMs));
  const streams = [0, ...[1, 2, 3].map(() => pair.client.open("room") as number)];
  const sent = { up: new Map<number, number[]>(), down: new Map<number, number[]>() };
  // The hub's side of a stream exists once the client has used it.
  for (const id of streams) send(pair.client, id, Uint8Array.of(1), sent.up);
  for (const { atMs, byServer, stream, size } of schedule.writes) {
    network.at(startMs + 500 + atMs, () => {
      const id = streams[stream] as number;
      const bytes = network.random.bytes(size);
      if (!byServer) send(pair.client, id, bytes, sent.up);
      else if (pair.serverEar.data.has(id)) send(pair.serverSession(), id, bytes, sent.down);
    });
  }
  network.at(healMs, () => {
    network.conditions = { ...network.conditions, loss: 0, duplicate: 0, reorder: 0, corrupt: 0 };
    network.isCut = () => false;
  });
  watch?.(pair);
  network.run(healMs);
  expectPrefixes(pair, sent);
  const isComplete = network.run(healMs + 30_000, () => hasAll(pair, sent));
  return { pair, trace, sent, isComplete };
}

function send(session: Session, id: number, bytes: Uint8Array, log: Map<number, number[]>): void {
  const accepted = session.write(id, bytes);
  const all = log.get(id) ?? [];
  for (const byte of bytes.subarray(0, accepted)) all.push(byte);
  log.set(id, all);
}

export function expectPrefixes(pair: SessionPair, sent: Outcome["sent"]): void {
  for (const [ear, log] of [
    [pair.serverEar, sent.up],
    [pair.clientEar, sent.down],
  ] as const) {
    for (const [id, got] of ear.data) {
      const whole = Buffer.from(log.get(id) ?? []);
      expect(Buffer.from(got).equals(whole.subarray(0, got.length)), `stream ${id}`).toBe(true);
    }
  }
}

function hasAll(pair: SessionPair, sent: Outcome["sent"]): boolean {
  const isEqual = (ear: Ear, log: Map<number, number[]>): boolean =>
    [...log].every(([id, bytes]) => (ear.data.get(id)?.length ?? 0) === bytes.length);
  return isEqual(pair.serverEar, sent.up) && isEqual(pair.clientEar, sent.down);
}
