import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createVirtualClient, createVirtualHub } from "./virtual-hub.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const seed = 11;

async function setUp() {
  const hub = createVirtualHub(seed, {});
  const client = createVirtualClient(hub, randomBytes(32));
  client.tell({ type: "hello", version: 1, client: "test", nick: "ann" });
  client.tell({ type: "join", room: "lobby" });
  await vi.advanceTimersByTimeAsync(1000);
  const [ann] = hub.users.online();
  const { id, key = "" } = ann!;
  return {
    hub,
    client,
    send: (text: string, receipt?: string) => hub.users.send(id, text, receipt),
    received: () => hub.received.map((line) => line.replace(`${key.slice(0, 4)} `, "")),
    noticed: () => client.control.flatMap((message) => (message.type === "notice" ? [message.text] : [])),
  };
}

test("a receipt comes back once the client has all that was sent with it, and in order, over a bad network", async () => {
  const { hub, send, received, noticed } = await setUp();
  hub.link.loss = 0.3;
  hub.link.jitterMs = 50;
  const texts = Array.from({ length: 40 }, (_, number) => `${number} ${"x".repeat(number * 400)}`);
  for (const [number, text] of texts.entries()) {
    send(text, number % 2 === 0 ? `receipt ${number}` : undefined);
    await vi.advanceTimersByTimeAsync(20);
  }
  expect(received().length, `seed ${seed}`).toBeLessThan(20);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(received()).toEqual(Array.from({ length: 20 }, (_, number) => `receipt ${2 * number}`));
  expect(noticed().join("")).toBe(texts.join(""));
  send("once more", "last");
  expect(received()).not.toContain("last");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(received().at(-1)).toBe("last");
});

test("more than the session's buffer holds is received when its last byte is", async () => {
  const { send, received, noticed } = await setUp();
  const text = "x".repeat(400_000);
  send(text, "long");
  await vi.advanceTimersByTimeAsync(20);
  expect(received()).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(received()).toEqual(["long"]);
  expect(noticed().join("")).toBe(text);
});

test("none comes from a client that is gone; from one that slept it comes when it wakes, also after its lease", async () => {
  const { hub, client, send, received, noticed } = await setUp();
  client.sleep();
  expect(send("good night", "slept")).toBe(true);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(hub.offline).toEqual(["ann: no word for 120 s"]);
  expect([received(), send("nobody is there", "never")]).toEqual([[], false]);
  client.wake();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([received(), noticed()]).toEqual([["slept"], ["good night"]]);
  client.vanish();
  expect(send("are you there?", "gone")).toBe(true);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(received()).toEqual(["slept"]);
});

test("what is no receipt is the plugin's fault", async () => {
  const { send, noticed } = await setUp();
  for (const rubbish of ["", "x".repeat(101), 7, {}, null]) {
    expect(() => send("hello", rubbish as string)).toThrow("a receipt is a text of 1 to 100 characters");
  }
  await vi.advanceTimersByTimeAsync(1000);
  expect(noticed()).toEqual([]);
});
