import { expect, test } from "vitest";

import { createSessionPair, type SessionPair } from "../session-pair.ts";

const HOSTILE = { loss: 0.3, duplicate: 0.1, reorder: 0.2, reorderMs: 30, delayMs: 20 };

/** Gives the client a new address every second from now on. */
function roamEverySecond(pair: SessionPair, firstAfterMs: number, untilMs: number): void {
  let port = 40_001;
  for (let atMs = pair.network.nowMs + firstAfterMs; atMs < untilMs; atMs += 1000) {
    pair.network.at(atMs, () => pair.network.rebind(pair.clientNode, `198.51.100.7:${port++}`));
  }
}

test("108 kB at 30 % loss with a new source address every second arrive byte for byte and soon", () => {
  const times: number[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    const pair = createSessionPair({ seed, conditions: HOSTILE });
    pair.connect();
    const output = pair.network.random.bytes(108_000);
    const id = pair.client.open("request") as number;
    pair.client.write(id, Buffer.from("go"));
    pair.serverEar.hear = (session, stream) => {
      session.write(stream, output);
      session.finish(stream);
    };
    const startMs = pair.network.nowMs;
    roamEverySecond(pair, 50 * seed, startMs + 30_000);
    expect(
      pair.network.run(startMs + 30_000, () => pair.clientEar.finished.has(id)),
      `seed ${seed}`,
    ).toBe(true);
    expect(Buffer.from(pair.clientEar.data.get(id) ?? []).equals(output), `seed ${seed}`).toBe(true);
    times.push(Math.round(pair.network.nowMs - startMs));
  }
  times.sort((a, b) => a - b);
  console.log("108 kB, roaming: ms", times.join(" "));
  expect(times[10]).toBeLessThan(1500);
  expect(times.at(-1)).toBeLessThan(5000);
});

test("messages both ways while roaming arrive once and in order", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const pair = createSessionPair({ seed, conditions: HOSTILE });
    pair.connect();
    const startMs = pair.network.nowMs;
    const room = pair.client.open("room") as number;
    pair.client.write(room, Buffer.from("."));
    roamEverySecond(pair, 500, startMs + 30_000);
    let up = ".";
    let down = "";
    for (let i = 0; i < 100; i++) {
      pair.network.at(startMs + 300 * i + 200, () => {
        pair.client.write(room, Buffer.from(`u${i};`));
        up += `u${i};`;
        pair.serverSession().write(room, Buffer.from(`d${i};`));
        down += `d${i};`;
      });
    }
    pair.network.run(
      startMs + 60_000,
      () => pair.serverEar.text(room) === up && pair.clientEar.text(room) === down && up.includes("u99"),
    );
    expect(pair.serverEar.text(room), `seed ${seed}`).toBe(up);
    expect(pair.clientEar.text(room), `seed ${seed}`).toBe(down);
    expect(pair.serverEar.addresses.length).toBeGreaterThan(10);
    console.log(
      `seed ${seed}: healed ${Math.round(pair.network.nowMs - startMs - 29_900)} ms after the last message`,
    );
  }
});
