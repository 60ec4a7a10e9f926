import { randomBytes } from "node:crypto";
import { command } from "@palaver/plugin-api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createVirtualClient, createVirtualHub, type VirtualClient } from "./virtual-hub.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const commands = {
  count: command({ summary: "At once", run: () => "counted" }),
  slow: command({
    summary: "Takes a second",
    async run() {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return "done";
    },
  }),
};

async function joined(client: VirtualClient, room: string): Promise<number> {
  client.tell({ type: "join", room });
  await vi.advanceTimersByTimeAsync(500);
  const answer = client.control.findLast((message) => message.type === "joined" && message.room === room);
  return answer?.type === "joined" ? answer.stream : -1;
}

test("a session that asks too much at once is refused with the reason, and taken again a second later", async () => {
  const hub = createVirtualHub(1, commands);
  hub.link.delayMs = 0;
  const client = createVirtualClient(hub, randomBytes(32));
  const other = createVirtualClient(hub, randomBytes(32));
  await vi.advanceTimersByTimeAsync(100);
  const ends: (string | undefined)[] = [];
  const startMs = Date.now();
  while (ends.length < 1500) {
    const streams = Array.from({ length: 50 }, () => client.request("count", randomBytes(16)) as number);
    await vi.advanceTimersByTimeAsync(10);
    for (const stream of streams) {
      const end = client.replies.get(stream)?.at(-1);
      ends.push(end?.type === "end" ? end.code : "none");
      if (end?.type === "end" && end.code) expect(end.message).toContain("wait a second");
    }
  }
  const allowed = 1200 + ((Date.now() - startMs) / 1000) * 200;
  const taken = ends.filter((code) => code === undefined).length;
  expect(ends.length - taken).toBe(ends.filter((code) => code === "BUSY").length);
  expect(taken).toBeLessThanOrEqual(allowed);
  expect(taken).toBeGreaterThan(allowed - 10);
  const free = other.request("count", randomBytes(16)) as number;
  await vi.advanceTimersByTimeAsync(1000);
  const again = client.request("count", randomBytes(16)) as number;
  await vi.advanceTimersByTimeAsync(100);
  expect(other.replies.get(free)?.at(-1)).toEqual({ type: "end" });
  expect(client.replies.get(again)?.at(-1)).toEqual({ type: "end" });
  for (const one of [client, other]) one.vanish();
});

test("what is said beyond the limit is refused, each by its id; a thousand at once are not", async () => {
  const hub = createVirtualHub(2, commands);
  const ann = createVirtualClient(hub, randomBytes(32));
  const stream = await joined(ann, "lobby");
  for (let number = 0; number < 1600; number++) ann.say(stream, `line ${number}`);
  await vi.advanceTimersByTimeAsync(1000);
  const answers = (ann.rooms.get(stream) ?? []).filter(({ type }) => type === "stored" || type === "refused");
  expect(answers).toHaveLength(1600);
  expect(answers.slice(0, 1000).every(({ type }) => type === "stored")).toBe(true);
  expect(answers.at(-1)).toMatchObject({
    type: "refused",
    text: expect.stringContaining("at once") as string,
  });
  ann.vanish();
});

test("one lost packet in one room delays nothing in another room and no request", async () => {
  const hub = createVirtualHub(3, commands);
  const ann = createVirtualClient(hub, randomBytes(32));
  const bob = createVirtualClient(hub, randomBytes(32));
  const [quiet, busy] = [await joined(ann, "quiet"), await joined(ann, "busy")];
  const [toQuiet, toBusy] = [await joined(bob, "quiet"), await joined(bob, "busy")];
  await vi.advanceTimersByTimeAsync(5000);
  const heard = (stream: number) =>
    (ann.rooms.get(stream) ?? []).flatMap((message) => (message.type === "message" ? [message.text] : []));

  // Bob's word in the quiet room reaches the hub; on from there to ann it gets lost, once.
  const lost = "long enough not to ride along with what comes next ".repeat(10);
  bob.say(toQuiet, lost);
  await vi.advanceTimersByTimeAsync(hub.link.delayMs - 1);
  hub.link.loss = 1;
  await vi.advanceTimersByTimeAsync(2);
  hub.link.loss = 0;
  bob.say(toBusy, "right behind");
  const request = ann.request("count", randomBytes(16)) as number;
  const arrivedMs: { quiet?: number; busy?: number; request?: number } = {};
  for (let ms = 0; ms < 2000 && arrivedMs.quiet === undefined; ms++) {
    if (heard(quiet).length > 0) arrivedMs.quiet ??= ms;
    if (heard(busy).length > 0) arrivedMs.busy ??= ms;
    if (ann.replies.get(request)?.at(-1)?.type === "end") arrivedMs.request ??= ms;
    await vi.advanceTimersByTimeAsync(1);
  }
  // Two ways and nothing more; what was lost comes later.
  const soonMs = 2 * hub.link.delayMs + 1;
  expect(arrivedMs.busy).toBeLessThanOrEqual(soonMs);
  expect(arrivedMs.request).toBeLessThanOrEqual(soonMs);
  expect(arrivedMs.quiet).toBeGreaterThan(soonMs);
  expect([heard(quiet), heard(busy)]).toEqual([[lost], ["right behind"]]);
  for (const client of [ann, bob]) client.vanish();
});

test("sessions live on when the hub's clock jumps ahead, and when it jumps back", async () => {
  const hub = createVirtualHub(4, commands);
  const ann = createVirtualClient(hub, randomBytes(32));
  const stream = await joined(ann, "lobby");
  for (const jumpMs of [600_000, -300_000, 3_700_000, -3_000_000]) {
    vi.setSystemTime(Date.now() + jumpMs);
    ann.say(stream, `after ${jumpMs}`);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(ann.session.state).toBe("open");
    expect(hub.users.online()).toHaveLength(1);
  }
  const said = [...ann.rooms.values()]
    .flat()
    .flatMap((message) => (message.type === "message" ? [message.text] : []));
  for (const jumpMs of [600_000, -300_000, 3_700_000, -3_000_000]) expect(said).toContain(`after ${jumpMs}`);
  ann.vanish();
});

test("hostile 19: a hub whose places are all taken gives those of the silent to who comes", async () => {
  const hub = createVirtualHub(5, commands);
  const clients: VirtualClient[] = [];
  for (let number = 0; number < 100; number++) {
    clients.push(createVirtualClient(hub, randomBytes(32)));
    await vi.advanceTimersByTimeAsync(100);
  }
  await vi.advanceTimersByTimeAsync(1000);
  expect(hub.sessions.size).toBe(100);
  const refused = createVirtualClient(hub, randomBytes(32));
  await vi.advanceTimersByTimeAsync(15_000);
  expect(refused.session.state).toBe("closed");
  // A third of them is gone without a word; the others ping.
  for (const client of clients.slice(0, 33)) client.vanish();
  await vi.advanceTimersByTimeAsync(150_000);
  expect(hub.sessions.size).toBe(90);
  const welcome = createVirtualClient(hub, randomBytes(32));
  await vi.advanceTimersByTimeAsync(1000);
  expect(welcome.session.state).toBe("open");
  expect(clients.slice(33).every(({ session }) => session.state === "open")).toBe(true);
  for (const client of [...clients.slice(33), welcome]) client.vanish();
});
