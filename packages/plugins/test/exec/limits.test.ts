import { Refusal } from "@palaver/plugin-api";
import { expect, test } from "vitest";
import { createCatalogue } from "../../src/exec/catalogue.ts";
import { configSchema } from "../../src/exec/config.ts";
import { createLimits } from "../../src/exec/limits.ts";
import { guest, operator } from "./running-exec.ts";

function entryWith(config: object) {
  const it = { summary: "It", argv: ["/bin/true"], ...config };
  return createCatalogue(configSchema.parse({ defaults: false, commands: { it } })).entries.get("it")!;
}

const limitsOf = (max_running: number, more: object = {}) =>
  createLimits({ max_running, max_running_per_user: 10_000, ...more });

test("a command runs no more often at once than it may", () => {
  const limits = limitsOf(16);
  const entry = entryWith({ max_running: 2 });
  const leave = limits.enter(entry, guest, 0);
  limits.enter(entry, operator, 0);
  expect(() => limits.enter(entry, guest, 0)).toThrow("it runs 2 times already; try again soon.");
  leave();
  limits.enter(entry, guest, 0);
});

test("all commands together run no more often at once than they may", () => {
  const limits = limitsOf(1);
  limits.enter(entryWith({}), guest, 0);
  expect(() => limits.enter(entryWith({}), guest, 0)).toThrow("Too much runs here now");
});

test("a caller runs a command no more often than its rate, others are not affected", () => {
  const limits = limitsOf(100);
  const entry = entryWith({ max_running: 100, rate: { limit: 2, window: "10s" } });
  limits.enter(entry, guest, 0);
  limits.enter(entry, guest, 4_000);
  expect(() => limits.enter(entry, guest, 8_500)).toThrow("You ran it too often; try again in 2 s.");
  limits.enter(entry, operator, 8_500);
  limits.enter(entry, guest, 10_000);
  expect(() => limits.enter(entry, guest, 10_000)).toThrow(Refusal);
});

test("a run refused for want of a place does not count for the rate", () => {
  const limits = limitsOf(100);
  const entry = entryWith({ max_running: 1, rate: { limit: 2, window: "10s" } });
  const leave = limits.enter(entry, guest, 0);
  expect(() => limits.enter(entry, guest, 0)).toThrow("already");
  leave();
  limits.enter(entry, guest, 0);
});

test("a caller runs no more commands at once than it may, others are not affected", () => {
  const limits = limitsOf(100, { max_running_per_user: 2 });
  const leave = limits.enter(entryWith({}), guest, 0);
  limits.enter(entryWith({}), guest, 0);
  expect(() => limits.enter(entryWith({}), guest, 0)).toThrow("You run 2 commands already");
  limits.enter(entryWith({}), operator, 0);
  leave();
  limits.enter(entryWith({}), guest, 0);
});

test("all commands of a caller together have a rate, too", () => {
  const limits = limitsOf(100, { rate: { limit: 2, window: 10_000 } });
  limits.enter(entryWith({}), guest, 0);
  limits.enter(entryWith({}), guest, 4_000);
  expect(() => limits.enter(entryWith({}), guest, 8_500)).toThrow(
    "You ran commands too often; try again in 2 s.",
  );
  limits.enter(entryWith({}), operator, 8_500);
});

test("ten thousand callers are remembered, the one quiet longest is forgotten", () => {
  const limits = limitsOf(10 ** 6);
  const entry = entryWith({ max_running: 1000, rate: { limit: 1, window: "1h" } });
  const enter = (n: number) => limits.enter(entry, { ...guest, id: `guest-${n}` }, n)();
  for (let n = 0; n < 10_000; n++) enter(n);
  expect(() => enter(0)).toThrow("too often");
  enter(10_000);
  enter(0);
});
