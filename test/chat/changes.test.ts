import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { encodeRoomStream, type RoomAction } from "../../packages/protocol/src/messages/index.ts";
import { startHub } from "../../packages/server/test/hub-harness.ts";
import { connectSession } from "../../packages/server/test/sessions/session-client.ts";
import { openUdpPeer } from "../e2e/text-peer.ts";

async function enter(port: number, nick: string) {
  const client = await connectSession(port);
  client.control({ type: "hello", version: 1, client: "test", nick });
  client.control({ type: "join", room: "lobby" });
  const { stream } = await client.next("joined");
  const act = (action: RoomAction, target: number, text: string, id = randomBytes(16)) => {
    client.session.write(stream, encodeRoomStream({ type: "act", id, action, target, text }));
    client.poll();
  };
  const type = () => {
    client.session.write(stream, encodeRoomStream({ type: "typing", from: "" }));
    client.poll();
  };
  return { client, stream, act, type, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

test("what sessions do with messages is a numbered change for sessions and a plain line for text peers", async () => {
  await using hub = await startHub({ plugins: { chat: {} } });
  await using ada = await enter(hub.port(), "ada");
  await using bob = await enter(hub.port(), "bob");
  await using eve = await openUdpPeer(hub.port());
  await eve.ask("online eve");
  ada.client.say(ada.stream, "helo");
  expect(await ada.client.next("stored")).toMatchObject({ seq: 1 });
  ada.act("edit", 1, "hello @bob");
  bob.act("reply", 1, "hi");
  await bob.client.next("stored");
  bob.act("react", 1, "👍");
  bob.act("unreact", 1, "👍");
  ada.act("delete", 1, "said enough");
  await eve.sees("deleted");
  expect(eve.received.slice(1).filter((line) => !line.includes("is here"))).toEqual([
    "ada: helo\n",
    "ada edited: hello @bob\n",
    "bob (to ada): hi\n",
    "* bob put 👍 to a message of ada\n",
    "* bob took 👍 from a message of ada\n",
    "* ada deleted a message (said enough)\n",
  ]);
  expect(await bob.client.next("change")).toMatchObject({ seq: 2, action: "edit", target: 1, from: "ada" });
  expect(await ada.client.next("about")).toMatchObject({ seq: 2, to: "ada" });
  expect(await ada.client.next("about")).toMatchObject({ seq: 3, replyTo: 1, to: "ada" });
});

test("an act with the same id is done once, an unknown one and a forged one are refused", async () => {
  await using hub = await startHub({ plugins: { chat: {} } });
  await using ada = await enter(hub.port(), "ada");
  await using bob = await enter(hub.port(), "bob");
  ada.client.say(ada.stream, "one");
  await ada.client.next("stored");
  const id = randomBytes(16);
  for (let time = 0; time < 2; time++) {
    ada.act("edit", 1, "two", id);
    expect(await ada.client.next("stored")).toMatchObject({ seq: 2 });
  }
  bob.act("edit", 1, "forged");
  expect(await bob.client.next("refused")).toMatchObject({ text: "Only your own messages can be edited." });
  bob.act("unknown", 1, "x");
  expect(await bob.client.next("refused")).toMatchObject({
    text: expect.stringContaining("does not know how"),
  });
});

test("who writes is told to the other sessions, at most once in 3 s, and to no text peer", async () => {
  await using hub = await startHub({ plugins: { chat: {} } });
  await using ada = await enter(hub.port(), "ada");
  await using bob = await enter(hub.port(), "bob");
  await using eve = await openUdpPeer(hub.port());
  await eve.ask("online eve");
  for (let time = 0; time < 20; time++) ada.type();
  expect(await bob.client.next("typing")).toEqual({ type: "typing", from: "ada" });
  ada.client.say(ada.stream, "done");
  await eve.sees("ada: done");
  await ada.client.next("stored");
  bob.client.say(bob.stream, "me too");
  await bob.client.next("stored");
  const count = (heard: readonly { readonly message: { readonly type: string } }[]) =>
    heard.filter(({ message }) => message.type === "typing").length;
  expect([count(bob.client.heard), count(ada.client.heard)]).toEqual([1, 0]);
  expect(eve.received.join("")).not.toContain("typing");
});

test("a reaction is told to everybody, so one may send thirty a minute", async () => {
  await using hub = await startHub({ plugins: { chat: {} } });
  await using ada = await enter(hub.port(), "ada");
  for (let number = 1; number <= 3; number++) ada.client.say(ada.stream, `${number}`);
  for (let time = 0; time < 20; time++)
    for (const target of [1, 2, 3]) ada.act("react", target, String.fromCodePoint(0x1f600 + time));
  expect(await ada.client.next("refused")).toMatchObject({
    text: "react was called too often; wait a little.",
  });
});
