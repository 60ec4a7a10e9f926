import { pino } from "pino";
import { expect, test } from "vitest";
import { createHealth } from "../../src/plugin-host/health.ts";

function plugin() {
  const log: string[] = [];
  const state = { nowMs: 0, offs: 0 };
  const health = createHealth({
    plugin: "dice",
    log: pino({}, { write: (line) => void log.push(line) }),
    now: () => state.nowMs,
    onOff: () => state.offs++,
  });
  return { health, state, log };
}

test("five faults within a minute switch a plugin off, once", () => {
  const { health, state, log } = plugin();
  for (let fault = 0; fault < 4; fault++) health.fault(new Error("loaded"), "in a call");
  expect(health.offReason).toBeUndefined();
  state.nowMs = 60_000;
  health.fault(new TypeError("not loaded"), "outside a call");
  expect(health.offReason).toBe("5 faults within a minute, the last: TypeError: not loaded (outside a call)");
  expect(log).toHaveLength(6);
  // Its timers may go on for ever; the log does not.
  for (let fault = 0; fault < 1000; fault++) health.fault(new Error("again"), "outside a call");
  expect(log).toHaveLength(6);
  expect(state.offs).toBe(1);
  expect(health.report()).toMatchObject({
    state: "off",
    faults: 1005,
    lastFault: "Error: again (outside a call)",
  });
});

test("faults that are further apart do not", () => {
  const { health, state } = plugin();
  for (let fault = 0; fault < 100; fault++) {
    health.fault(new Error("now and then"), "in a call");
    state.nowMs += 15_001;
  }
  expect(health.report()).toMatchObject({ state: "on", faults: 100 });
});

test.each([
  ["a string", "thrown: tails"],
  [undefined, "thrown: undefined"],
  [new Proxy({}, { get: () => fail(), has: () => fail(), getPrototypeOf: () => fail() }), "cannot be read"],
])("whatever is thrown can be shown: %#", (thrown, shown) => {
  const { health } = plugin();
  health.fault(thrown === "a string" ? "tails" : thrown, "in a call");
  expect(health.report().lastFault).toContain(shown);
});

test("durations are kept in a bounded table, right to two digits", () => {
  const { health } = plugin();
  for (let call = 1; call <= 1000; call++) health.called(call);
  const { calls, p50Ms = 0, p99Ms = 0 } = health.report();
  expect(calls).toBe(1000);
  expect(Math.abs(p50Ms - 500)).toBeLessThan(10);
  expect(Math.abs(p99Ms - 990)).toBeLessThan(20);
});

function fail(): never {
  throw new Error("a trap");
}
