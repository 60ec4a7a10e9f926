import { randomBytes } from "node:crypto";
import { command, Refusal } from "@palaver/plugin-api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as z from "zod";
import { createVirtualClient, createVirtualHub, type VirtualClient } from "./virtual-hub.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const seed = 12;

function setUp() {
  const ran: string[] = [];
  const args = { receipt: z.string(), bytes: z.coerce.number().default(0) };
  const hub = createVirtualHub(seed, {
    quick: command({
      summary: "At once",
      args,
      run({ args: { receipt, bytes } }) {
        ran.push(receipt);
        return { text: "x".repeat(bytes), receipt };
      },
    }),
    slow: command({
      summary: "Piece by piece",
      args,
      async *run({ args: { receipt, bytes } }) {
        ran.push(receipt);
        yield { text: "first", receipt: "is replaced" };
        yield { text: "second", receipt };
        for (let left = bytes; left > 0; left -= 10_000) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          yield { stream: "stdout", bytes: new Uint8Array(10_000) };
        }
        if (receipt.startsWith("refused")) throw new Refusal("It did not work.");
      },
    }),
  });
  const identity = randomBytes(32);
  return {
    hub,
    ran,
    /** Another session of the same user. */
    connect: async () => {
      const client = createVirtualClient(hub, identity);
      client.tell({ type: "hello", version: 1, client: "test" });
      await vi.advanceTimersByTimeAsync(1000);
      return client;
    },
    received: () => hub.received.map((line) => line.split(" ").slice(1).join(" ")),
  };
}

function ask(client: VirtualClient, words: string, id = randomBytes(16)): number {
  const [name = "", ...argv] = words.split(" ");
  return client.request(name, id, argv) ?? expect.unreachable("too many requests");
}

const endOf = (client: VirtualClient, stream: number) =>
  client.replies.get(stream)?.find(({ type }) => type === "end");

test("an answer's receipt comes back once, when the client has all of it, over a bad network", async () => {
  const { hub, connect, received } = setUp();
  const client = await connect();
  hub.link.loss = 0.3;
  hub.link.duplicate = 0.1;
  hub.link.jitterMs = 50;
  const asked = ["quick a", "slow b 300000", "quick c 50000", "slow d", "quick e"].map(
    (words) => [words.split(" ")[1], ask(client, words)] as const,
  );
  for (let step = 0; step < 2000 && received().length < asked.length; step++) {
    await vi.advanceTimersByTimeAsync(20);
    for (const [receipt = "", stream] of asked)
      if (received().includes(receipt)) expect(endOf(client, stream), `seed ${seed}`).toBeDefined();
  }
  await vi.advanceTimersByTimeAsync(60_000);
  expect(received().toSorted(), `seed ${seed}`).toEqual(["a", "b", "c", "d", "e"]);
});

test("none comes while the last of an answer that was sent is not acknowledged", async () => {
  const { connect, received } = setUp();
  const client = await connect();
  const stream = ask(client, "quick a");
  // 10 ms there, 10 ms back, and the acknowledgement.
  await vi.advanceTimersByTimeAsync(19);
  expect([endOf(client, stream), received()]).toEqual([undefined, []]);
  await vi.advanceTimersByTimeAsync(10);
  expect([endOf(client, stream), received()]).toEqual([expect.objectContaining({ type: "end" }), []]);
  await vi.advanceTimersByTimeAsync(100);
  expect(received()).toEqual(["a"]);
});

test("none comes for what was given up, was refused after all, or for a client that is gone", async () => {
  const { ran, connect, received } = setUp();
  const client = await connect();
  const refused = ask(client, "slow refused 30000");
  await vi.advanceTimersByTimeAsync(1000);
  expect(endOf(client, refused)).toMatchObject({ message: "It did not work." });
  const reset = ask(client, "quick reset");
  await vi.advanceTimersByTimeAsync(15);
  client.reset(reset);
  await vi.advanceTimersByTimeAsync(1000);
  ask(client, "quick killed");
  await vi.advanceTimersByTimeAsync(15);
  client.vanish();
  await vi.advanceTimersByTimeAsync(900_000);
  expect([ran, received()]).toEqual([["refused", "reset", "killed"], []]);
});

test("one that slept acknowledges when it is back", async () => {
  const { connect, received } = setUp();
  const client = await connect();
  const stream = ask(client, "quick slept");
  await vi.advanceTimersByTimeAsync(15);
  client.sleep();
  await vi.advanceTimersByTimeAsync(300_000);
  expect(received()).toEqual([]);
  client.wake();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([endOf(client, stream)?.type, received()]).toEqual(["end", ["slept"]]);
});

test("who asks again in another session gives the kept answer's receipt back, once, and nobody after it", async () => {
  const { ran, connect, received } = setUp();
  const [first, second, third] = [await connect(), await connect(), await connect()];
  const id = randomBytes(16);
  ask(first, "slow one 20000", id);
  await vi.advanceTimersByTimeAsync(15);
  first.vanish();
  await vi.advanceTimersByTimeAsync(2000);
  expect(received()).toEqual([]);
  // Two at the same time.
  const again = [ask(second, "slow one 20000", id), ask(second, "slow one 20000", id)];
  const elsewhere = ask(third, "slow one 20000", id);
  await vi.advanceTimersByTimeAsync(2000);
  ask(third, "slow one 20000", id);
  await vi.advanceTimersByTimeAsync(2000);
  for (const stream of again) expect(endOf(second, stream)).not.toHaveProperty("code");
  expect(endOf(third, elsewhere)).not.toHaveProperty("code");
  expect([ran, received()]).toEqual([["one"], ["one"]]);
});

test("an answer that is too long to be kept has its receipt given back by who read it, not by who asks again", async () => {
  const { connect, received } = setUp();
  const [first, second] = [await connect(), await connect()];
  const id = randomBytes(16);
  ask(first, "quick long 100000", id);
  await vi.advanceTimersByTimeAsync(15);
  const again = ask(second, "quick long 100000", id);
  first.sleep();
  await vi.advanceTimersByTimeAsync(2000);
  expect([endOf(second, again), received()]).toEqual([expect.objectContaining({ code: "EXPIRED" }), []]);
  first.wake();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(received()).toEqual(["long"]);
});
