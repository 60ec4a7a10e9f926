import { MessageChannel } from "node:worker_threads";
import type { Caller } from "@palaver/plugin-api";
import { afterEach, expect, it } from "vitest";
import type { Fact } from "../../src/workers/backplane.ts";
import { createPortBackplane, type Link } from "../../src/workers/port-backplane.ts";
import { allocateState, shareState } from "../../src/workers/shared-state.ts";

const open: MessageChannel[] = [];
afterEach(() => {
  for (const { port1 } of open.splice(0)) port1.close();
});

/** Two backplanes in one thread, which reads nothing while a test computes. */
function createPair() {
  const [facts, parcels] = [new MessageChannel(), new MessageChannel()];
  open.push(facts, parcels);
  const state = shareState(allocateState(2), 2);
  const stuck: number[] = [];
  const ends: readonly Link[] = [
    { facts: facts.port1, parcels: parcels.port1 },
    { facts: facts.port2, parcels: parcels.port2 },
  ];
  const create = (self: number) =>
    createPortBackplane({
      self,
      links: ends.map((_, worker) => (worker === self ? undefined : ends[self])),
      state,
      stuck: (worker) => stuck.push(worker),
    });
  return { one: create(0), other: create(1), stuck };
}

const user: Caller = {
  id: "1",
  nick: "ada",
  roles: [],
  dialect: "session",
  address: "192.0.2.1:5000",
  key: "key",
  online: true,
};

it("hears every fact before it runs something exclusively, and none twice", async () => {
  const { one, other } = createPair();
  const heard: Fact[] = [];
  other.subscribe({ fact: (fact) => heard.push(fact), parcel: () => {} });
  one.presence({ type: "here", user });
  one.presence({ type: "gone", id: "1" });
  expect(heard).toEqual([]);
  other.exclusively(() => expect(heard.map(({ type }) => type)).toEqual(["here", "gone"]));
  one.presence({ type: "gone", id: "2" });
  await expect.poll(() => heard.length).toBe(3);
});

it("drops what a worker that does not read is sent, frames first, and counts it", async () => {
  const { one, other } = createPair();
  const heard: string[] = [];
  other.subscribe({ fact: () => {}, parcel: ({ type }) => heard.push(type) });
  const frame = { type: "carry", bytes: Uint8Array.of(1), connection: "" } as const;
  for (let count = 0; count < 1100; count++) one.publish(frame, 1);
  expect(one.dropped).toBe(1100 - 1024);
  for (let count = 1024; count < 16_384 + 5; count++) one.publish({ type: "line", id: "1", text: "" }, 1);
  expect(one.dropped).toBe(1100 - 1024 + 5);
  await expect.poll(() => heard.length).toBe(16_384);
  one.publish(frame, 1);
  await expect.poll(() => heard.at(-1)).toBe("carry");
});

it("says which worker is stuck rather than leave out a fact", () => {
  const { one, stuck } = createPair();
  for (let count = 0; count < 100_000; count++) one.presence({ type: "gone", id: "1" });
  expect(stuck).toEqual([]);
  one.presence({ type: "gone", id: "1" });
  expect(stuck).toEqual([1]);
});

it("refuses, after two seconds, what another worker does not let through", () => {
  const state = shareState(allocateState(1), 1);
  expect(() => state.locked(() => state.locked(() => {}))).toThrow("The hub is busy");
  expect(state.locked(() => "free again")).toBe("free again");
});
