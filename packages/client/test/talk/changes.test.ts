import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { openOutboxFile } from "../../src/talk/outbox-file.ts";
import { eventually, hear, makeConfigDir } from "../client-harness.ts";
import { startFakeHub } from "../fake-hub.ts";

const host = "127.0.0.1";
const actions = ["reply", "edit", "delete", "react", "unreact"];
const listed = actions.map((name) => ({ name, usage: "", summary: "" }));

test("replies, edits, deletions and reactions go to the hub, and come back with their numbers", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub({ listed });
  await using connection = connect({ host, port: hub.port, nick: "ada", configDir: config.path });
  await connection.join("lobby");
  const results = await Promise.all([
    connection.reply("lobby", 3, "me too"),
    connection.edit("lobby", 4, "better"),
    connection.delete("lobby", 5, { reason: "spam" }),
    connection.react("lobby", 6, "👍"),
    connection.unreact("lobby", 6, "👍"),
  ]);
  expect(results.map(({ seq }) => seq)).toEqual([101, 102, 103, 104, 105]);
  connection.typing("lobby");
  await eventually(() => hub.acts.at(-1)).toEqual({ type: "typing", from: "" });
  expect(hub.acts).toMatchObject([
    { action: "reply", target: 3, text: "me too" },
    { action: "edit", target: 4, text: "better" },
    { action: "delete", target: 5, text: "spam" },
    { action: "react", target: 6, text: "👍" },
    { action: "unreact", target: 6, text: "👍" },
    { type: "typing" },
  ]);
});

test("a hub that knows no such command is not asked, since it would never answer", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub();
  await using connection = connect({ host, port: hub.port, configDir: config.path });
  await connection.join("lobby");
  await expect(connection.edit("lobby", 1, "x")).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect(hub.acts).toEqual([]);
});

test("what others do is heard once, in order, without anything that could hurt a terminal", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub();
  await using connection = connect({ host, port: hub.port, configDir: config.path });
  const messages = hear(connection, "message");
  const changes = hear(connection, "change");
  const typing = hear(connection, "typing");
  await connection.join("lobby");
  const escape = "\u001b[31m";
  hub.broadcast("lobby", {
    type: "about",
    seq: 1,
    replyTo: 9,
    to: `b${escape}ob`,
    mentions: [`b${escape}ob`],
  });
  hub.broadcast("lobby", { type: "message", seq: 1, atMs: 5, from: "ada", text: "yes", kind: "say" });
  hub.broadcast("lobby", { type: "about", seq: 2, to: "ada" });
  const change = {
    type: "change",
    seq: 2,
    atMs: 6,
    action: "edit",
    target: 1,
    from: `e${escape}ve`,
    text: `n${escape}o`,
  } as const;
  hub.broadcast("lobby", change);
  hub.broadcast("lobby", change);
  hub.broadcast("lobby", { ...change, seq: 3, action: "unknown" });
  // Of an edit that was edited again or deleted the hub gives no text any more.
  hub.broadcast("lobby", { ...change, seq: 4, text: "" });
  hub.broadcast("lobby", { type: "typing", from: `e${escape}ve` });
  hub.broadcast("lobby", { type: "message", seq: 5, atMs: 7, from: "ada", text: "last", kind: "say" });
  await messages.until(({ seq }) => seq === 5);
  expect(messages.all).toEqual([
    {
      room: "lobby",
      seq: 1,
      at: 5,
      from: "ada",
      kind: "say",
      text: "yes",
      replyTo: 9,
      to: "bob",
      mentions: ["bob"],
    },
    { room: "lobby", seq: 5, at: 7, from: "ada", kind: "say", text: "last" },
  ]);
  expect(changes.all).toEqual([
    { room: "lobby", seq: 2, at: 6, from: "eve", action: "edit", target: 1, to: "ada", text: "no" },
  ]);
  expect(typing.all).toEqual([{ room: "lobby", from: "eve" }]);
});

test("an edit that waits on disk is an edit for the next process, and nothing for one that does not know it", async () => {
  await using config = await makeConfigDir();
  const file = join(config.path, "hub.jsonl");
  const kept = {
    id: "0".repeat(32),
    room: "lobby",
    kind: "edit",
    text: "x",
    target: 7,
  } as const;
  openOutboxFile(file).append(kept);
  openOutboxFile(file).append({ ...kept, id: "1".repeat(32), kind: "shout" } as never);
  openOutboxFile(file).append({ ...kept, id: "2".repeat(32), target: undefined } as never);
  expect(openOutboxFile(file).load()).toEqual([kept]);
});
