import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { encodeRequestStream } from "@palaver/protocol";
import { expect, test } from "vitest";
import { BeforeSend } from "../../src/capabilities/before-send.ts";
import { TextPeers } from "../../src/peers/text-peers.ts";
import { Remote } from "../../src/transport/remote.ts";
import type { UdpTransport } from "../../src/transport/udp.ts";
import { RoomDirectory } from "../../src/users/rooms.ts";
import { startHub } from "../hub-harness.ts";
import { connectSession, joined } from "../sessions/session-client.ts";

test("what is added is done once, in order, and so is what that adds", () => {
  const beforeSend = new BeforeSend(() => {});
  beforeSend.enter("/chat");
  const done: string[] = [];
  const add = (name: string, then?: () => void) =>
    beforeSend.add("/chat", () => {
      done.push(name);
      then?.();
    });
  expect([add("one", () => add("three")), add("two")]).toEqual([true, true]);
  beforeSend.settle();
  expect(done).toEqual(["one", "two", "three"]);
  beforeSend.settle();
  expect(done).toHaveLength(3);
});

test("nothing is taken without an instance, beside another one, or past 64", () => {
  const beforeSend = new BeforeSend(() => {});
  const add = () => beforeSend.add("/chat", () => {});
  expect(add()).toBe(false);
  const gone = beforeSend.enter("/chat");
  beforeSend.enter("/dict");
  expect(add()).toBe(true);
  const secondGone = beforeSend.enter("/chat");
  expect(add(), "beside another").toBe(false);
  secondGone();
  for (let number = 0; number < 64; number++) expect(add(), String(number)).toBe(true);
  expect(add()).toBe(false);
  beforeSend.settle();
  expect(add()).toBe(true);
  gone();
  expect(add()).toBe(false);
});

test("before another instance comes, what waits is done", () => {
  const beforeSend = new BeforeSend(() => {});
  beforeSend.enter("/chat");
  let done = 0;
  beforeSend.add("/chat", () => void done++);
  beforeSend.enter("/chat");
  expect(done).toBe(1);
});

test("it is settled before a text peer is answered, and before a room's message goes to one", () => {
  const order: string[] = [];
  const beforeSend = () => void order.push("settle");
  const settings = { trust: ["192.0.2.0/24"], encoding: "utf-8", maxPeers: 10 } as const;
  const limits = { repliesPerSecond: 5, burst: 20, bytesPerSecond: 65_536 };
  const peers = new TextPeers(
    { ...settings, ...limits },
    {
      handle(_peer, _text, sink) {
        order.push("handle");
        void sink.reply("well");
        sink.end();
      },
      beforeSend,
      isOwn: () => false,
      gone: () => {},
      now: () => 0,
    },
  );
  const transport = {
    listen: { url: "udp://0.0.0.0:1", mount: undefined },
    send: () => void order.push("send"),
  } as unknown as UdpTransport;
  peers.receiveDatagram(Buffer.from("hello"), new Remote("192.0.2.1", 1024), transport);
  expect(order.splice(0)).toEqual(["handle", "settle", "send"]);

  const peer = peers.get("udp://0.0.0.0:1|192.0.2.1|1024");
  peer?.setNick("bob");
  const rooms = new RoomDirectory({
    maxRooms: () => 1,
    findPeer: () => peer,
    published: () => void order.push("published"),
    waiting: () => {},
    beforeSend,
  });
  rooms.join("lobby", "bob");
  rooms.publish({ room: "lobby", seq: 1, at: 0, from: "ada", kind: "say", text: "hi" });
  // Once by the room, which may send to all at once, and once by the peer.
  expect(order).toEqual(["settle", "settle", "send", "published"]);
});

test("what sessions say is in the database by the time they are answered", async () => {
  await using harness = await startHub({ plugins: { chat: {} } });
  const { client, stream } = await joined(harness.port(), "ada");
  await using _client = client;
  for (let number = 1; number <= 50; number++) client.say(stream, `number ${number}`);
  for (let number = 1; number <= 50; number++) await client.next("stored");
  const path = join(harness.config.dataDir, "plugins/chat/history.db");
  using database = new DatabaseSync(path, { readOnly: true });
  expect(database.prepare("SELECT count(*) AS count FROM messages").get()).toEqual({ count: 50 });
});

const holding = { from: "./holding.ts", settings: {} };

test("a plugin that is switched off meanwhile still does what it wanted done, and can be started again", async () => {
  await using harness = await startHub({ plugins: { holding } });
  await using client = await connectSession(harness.port());
  await client.next("welcome");
  // All in one packet, and so in one turn.
  const ask = (command: string) => {
    const stream = client.session.open("request")!;
    const request = { type: "request", id: randomBytes(16), command, argv: [] } as const;
    client.session.write(stream, encodeRequestStream(request));
    client.session.finish(stream);
    return stream;
  };
  const stored = ask("hold");
  const faults = Array.from({ length: 5 }, () => ask("fail"));
  client.poll();
  for (const stream of [stored, ...faults]) await client.next("end", stream);
  expect(harness.hub.status().plugins).toMatchObject([{ state: "off", faults: 5 }]);
  const path = join(harness.config.dataDir, "plugins/holding/notes.db");
  using database = new DatabaseSync(path);
  expect(database.prepare("SELECT count(*) AS count FROM notes").get()).toEqual({ count: 1 });
  await harness.hub.reloadPlugin("holding", harness.config);
  await client.replies(client.request("hold"));
  expect(database.prepare("SELECT count(*) AS count FROM notes").get()).toEqual({ count: 2 });
});

test("where nothing is sent, what waits is done all the same before the hub waits again", () => {
  let woken = 0;
  const beforeSend = new BeforeSend(() => void woken++);
  beforeSend.enter("/chat");
  beforeSend.add("/chat", () => {});
  beforeSend.add("/chat", () => {});
  expect(woken).toBe(1);
  beforeSend.settle();
  beforeSend.add("/chat", () => {});
  expect(woken).toBe(2);
});
