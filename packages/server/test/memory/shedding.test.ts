import { setImmediate as nextTurn } from "node:timers/promises";
import { pino } from "pino";
import { describe, expect, test, vi } from "vitest";
import { createMemoryGuard, shortOfMemory } from "../../src/memory/memory-guard.ts";
import { bytesOf, collectGarbage, loadTrim, readFill } from "../../src/memory/memory-use.ts";
import { look, noPressure, pick, type Sheddable, type Standing } from "../../src/memory/shedding.ts";

const peer = (standing: Standing, heardAtMs = 0): Sheddable => ({ standing, heardAtMs, shed: () => {} });

/** What the guard does at each fill, a look every six seconds. */
function looks(...fills: readonly number[]): string[] {
  let pressure = noPressure;
  return fills.map((fill, index) => {
    const { next, mustShed } = look(pressure, fill, index * 6000);
    pressure = next;
    return mustShed ? "shed" : next.isShort ? "short" : "";
  });
}

describe("memory that fills", () => {
  test("first refuses newcomers, then puts people out; newcomers come back when there is enough again", () => {
    expect(looks(0.5, 0.85, 0.9, 0.95, 1, 0.95, 0.85, 0.79, 0.85)).toEqual([
      "",
      "",
      "short",
      "short",
      "shed",
      "short",
      "short",
      "",
      "",
    ]);
  });

  test("and stays full puts out once, and again only when it grows", () => {
    expect(looks(1.2, 1.2, 1.2, 1.2, 1.22, 1.22)).toEqual([
      "shed",
      "short",
      "short",
      "short",
      "shed",
      "short",
    ]);
    // What went down and comes back grows.
    expect(looks(1.2, 1.01, 1.03)).toEqual(["shed", "short", "shed"]);
  });

  test("and does not come back to the system lets newcomers in a minute after it last grew, until it grows", () => {
    const told = looks(...Array.from({ length: 13 }, () => 0.95), 0.955, 0.97, 0.97, 0.85, 0.79, 0.9);
    expect(told.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => "short"));
    expect(told.slice(10)).toEqual(["", "", "", "", "short", "short", "short", "", "short"]);
    // Not while it grows, nor while it is full.
    const growing = Array.from({ length: 20 }, (_unused, i) => 0.9 + i * 0.004);
    expect(looks(...growing)).not.toContain("");
    const full = Array.from({ length: 20 }, () => 1.01);
    expect(looks(...full).slice(1)).toEqual(Array.from({ length: 19 }, () => "short"));
    // What grows to the limit from there is full.
    expect(looks(...Array.from({ length: 11 }, () => 0.98), 1).slice(9)).toEqual(["short", "", "shed"]);
  });

  test("gives what was freed time to be noticed", () => {
    const { next, mustShed } = look(noPressure, 1.1, 0);
    expect(mustShed).toBe(true);
    expect(look(next, 2, 2999).mustShed).toBe(false);
    expect(look(next, 2, 3000).mustShed).toBe(true);
  });
});

describe("those who are put out", () => {
  test("are guests, then unconfirmed, then idle, a quarter at once, the longest silent first", () => {
    const guests = [5, 3, 9, 1, 7].map((heardAtMs) => peer("guest", heardAtMs));
    const others = [peer("idle"), peer("unconfirmed"), peer("idle")];
    expect(pick([...others, ...guests]).map(({ heardAtMs }) => heardAtMs)).toEqual([1, 3]);
    expect(pick(others)).toEqual([others[1]]);
    expect(pick([others[0]!, others[2]!])).toEqual([others[0]]);
    expect(pick([])).toEqual([]);
    expect(pick(Array.from({ length: 100_000 }, () => peer("guest")))).toHaveLength(1000);
  });
});

test("garbage is collected before anybody is put out, once a minute at most", () => {
  const did: string[] = [];
  const log: string[] = [];
  let fill = 1.1;
  let isGarbage = true;
  let nowMs = 0;
  const guard = createMemoryGuard({
    log: pino({}, { write: (line) => void log.push(line) }),
    now: () => nowMs,
    limitBytes: () => 1000,
    readFill: () => (isGarbage ? fill : 0.5),
    collectGarbage() {
      did.push("collect");
      isGarbage = false;
    },
    peers: () => [{ standing: "guest", heardAtMs: 0, shed: (text) => void did.push(text) }],
  });
  guard.check();
  expect([did, guard.refuses(), log]).toEqual([["collect"], false, []]);
  isGarbage = true;
  nowMs = 59_000;
  guard.check();
  expect(did).toEqual(["collect", shortOfMemory]);
  expect(guard.refuses()).toBe(true);
  expect(guard.report()).toMatchObject({ isShort: true, refused: 1, shed: { guest: 1 } });
  // The shortage and the one line for all who went.
  expect(log).toHaveLength(2);
  nowMs = 61_000;
  fill = 0.5;
  guard.check();
  expect(guard.refuses()).toBe(false);
});

test("without a limit nothing is looked at", () => {
  const guard = createMemoryGuard({
    log: pino({ level: "silent" }),
    now: () => 0,
    limitBytes: () => bytesOf("off"),
    readFill: () => expect.unreachable(),
    collectGarbage: () => expect.unreachable(),
    peers: () => expect.unreachable(),
  });
  guard.check();
  expect(guard.refuses()).toBe(false);
});

test("what is used is a part of the limit, of the process or of V8's heap", () => {
  const resident = process.memoryUsage.rss();
  expect(readFill(100 * resident)).toBeLessThan(0.5);
  expect(readFill(resident / 4)).toBeGreaterThan(1);
  expect(bytesOf("auto")).toBeGreaterThan(64 * 1024 ** 2);
  expect(bytesOf(1000)).toBe(1000);
});

test("garbage is collected when it is asked for", async () => {
  const garbage = new WeakRef({});
  // A reference holds its target until the turn is over.
  await nextTurn();
  collectGarbage();
  expect(garbage.deref()).toBeUndefined();
});

test.runIf(process.platform === "linux")(
  "what a flood took and is free goes back to the system",
  async () => {
    await loadTrim();
    let taken = Array.from({ length: 10_000 }, () => new Uint8Array(20_000).fill(1));
    // One that stays among many that go is what keeps malloc from giving back.
    const kept = taken.filter((_unused, index) => index % 50 === 0);
    const before = process.memoryUsage.rss();
    taken = [];
    await nextTurn();
    collectGarbage();
    // V8 frees what lies outside of its heap in a thread.
    await vi.waitFor(
      () => {
        collectGarbage();
        expect(before - process.memoryUsage.rss()).toBeGreaterThan(50_000_000);
      },
      { timeout: 30_000 },
    );
    expect(kept).toHaveLength(200);
  },
  60_000,
);
