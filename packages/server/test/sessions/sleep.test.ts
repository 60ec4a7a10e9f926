import { randomBytes } from "node:crypto";
import { command } from "@palaver/plugin-api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createVirtualClient, createVirtualHub, type VirtualHub } from "./virtual-hub.ts";

const minuteMs = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function enter(hub: VirtualHub, nick: string) {
  const client = createVirtualClient(hub, randomBytes(32));
  client.tell({ type: "hello", version: 1, client: "test", nick });
  client.tell({ type: "join", room: "lobby" });
  await vi.advanceTimersByTimeAsync(1000);
  const joined = client.control.find((message) => message.type === "joined");
  if (joined?.type !== "joined") throw new Error("the room was not entered");
  return { client, say: (text: string) => client.say(joined.stream, text) };
}

function heardBy({ rooms }: ReturnType<typeof createVirtualClient>): number[] {
  return [...rooms.values()].flat().flatMap((message) => (message.type === "message" ? [message.seq] : []));
}

test("a laptop that sleeps ten minutes and wakes at another address has lost nothing and doubled nothing", async () => {
  const hub = createVirtualHub(1, {});
  const laptop = await enter(hub, "ann");
  const bob = await enter(hub, "bob");
  for (let number = 1; number <= 5; number++) bob.say(`before ${number}`);
  await vi.advanceTimersByTimeAsync(1000);
  expect(heardBy(laptop.client)).toEqual([1, 2, 3, 4, 5]);

  laptop.client.sleep();
  for (let minute = 0; minute < 10; minute++) {
    for (let number = 0; number < 30; number++) bob.say(`asleep ${minute} ${number}`);
    await vi.advanceTimersByTimeAsync(minuteMs);
  }
  expect(hub.offline).toEqual(["ann: no word for 120 s"]);
  expect(hub.users.online()).toMatchObject([{ nick: "bob" }]);

  const before = hub.sessions.size;
  laptop.client.wake();
  await vi.advanceTimersByTimeAsync(minuteMs / 2);
  bob.say("after");
  await vi.advanceTimersByTimeAsync(minuteMs / 6);
  expect(laptop.client.session.state).toBe("open");
  expect(hub.sessions.size).toBe(before);
  expect(hub.users.online().map(({ nick }) => nick)).toContain("ann");
  expect(heardBy(laptop.client)).toEqual(Array.from({ length: 306 }, (_, index) => index + 1));
});

test("a client that is silent is away after 45 s and offline after 120 s, and back with its next word", async () => {
  const hub = createVirtualHub(2, {});
  const laptop = await enter(hub, "ann");
  const bob = await enter(hub, "bob");
  const told = () =>
    bob.client.control.flatMap((message) => (message.type === "presence" ? [message.state] : []));
  laptop.client.sleep();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(told()).toEqual(["away"]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(told()).toEqual(["away", "offline"]);
  laptop.client.wake();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(told()).toEqual(["away", "offline", "online"]);
});

test("who was online in no room comes online again with its next word", async () => {
  const come = command({
    summary: "Come online",
    run({ caller }) {
      hub.users.enter(caller.id, "ann");
    },
  });
  const hub = createVirtualHub(5, { come });
  const bot = createVirtualClient(hub, randomBytes(32));
  bot.tell({ type: "hello", version: 1, client: "test" });
  bot.request("come", randomBytes(16));
  await vi.advanceTimersByTimeAsync(1000);
  bot.sleep();
  await vi.advanceTimersByTimeAsync(3 * minuteMs);
  expect(hub.users.online()).toEqual([]);
  bot.wake();
  await vi.advanceTimersByTimeAsync(minuteMs / 2);
  expect(hub.users.online()).toMatchObject([{ nick: "ann" }]);
});

test("who wakes up has the name that it had taken last; a guest whose name went to another gets a new one", async () => {
  const hub = createVirtualHub(3, {});
  const laptop = await enter(hub, "ann");
  await enter(hub, "bob");
  const [ann] = hub.users.online();
  hub.users.enter(ann!.id, "anna");
  const sleepAndWake = async (meanwhile: () => Promise<unknown>) => {
    laptop.client.sleep();
    await vi.advanceTimersByTimeAsync(3 * minuteMs);
    await meanwhile();
    laptop.client.wake();
    await vi.advanceTimersByTimeAsync(minuteMs / 2);
    return hub.users.online().find(({ id }) => id === ann!.id)?.nick;
  };
  expect(await sleepAndWake(async () => {})).toBe("anna");
  hub.users.enter(ann!.id, "~anna");
  expect(await sleepAndWake(() => enter(hub, "anna"))).toMatch(/^~guest\d+$/);
});

test("when memory is short, who could be put out is a guest, unconfirmed, or silent for 45 s", async () => {
  const hub = createVirtualHub(3, {});
  const ann = await enter(hub, "ann");
  await enter(hub, "bob");
  await enter(hub, "~eve");
  const stranger = createVirtualClient(hub, randomBytes(32));
  stranger.tell({ type: "hello", version: 1, client: "test" });
  await vi.advanceTimersByTimeAsync(1000);
  const standings = () => [...hub.sessions.sheddable()].map(({ standing }) => standing);
  expect(standings()).toEqual(["guest", "unconfirmed"]);
  ann.client.sleep();
  await vi.advanceTimersByTimeAsync(50_000);
  expect(standings()).toEqual(["idle", "guest", "unconfirmed"]);
  for (const peer of hub.sessions.sheddable()) peer.shed("The hub is short of memory.");
  await vi.advanceTimersByTimeAsync(1000);
  expect(hub.users.online()).toMatchObject([{ nick: "bob" }]);
  expect([hub.sessions.size, stranger.session.state]).toEqual([1, "closed"]);
});
