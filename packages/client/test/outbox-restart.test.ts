import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "../src/index.ts";
import { eventually, hear, makeConfigDir } from "./client-harness.ts";
import { startFakeHub } from "./fake-hub.ts";

const host = "127.0.0.1";

test("what was said before the client was killed is sent by the next one, before anything new, and once", async () => {
  await using config = await makeConfigDir();
  const first = await startFakeHub();
  const { port, world } = first;
  const talker = fork(join(import.meta.dirname, "fixtures/talker.ts"), [String(port), config.path]);
  await once(talker, "message");
  // In the room; from here on nothing is heard, and then the client is killed with its words unsent or unanswered.
  first.isDeaf = true;
  talker.send(["one", "two", "three"]);
  await once(talker, "message");
  talker.kill("SIGKILL");
  await once(talker, "exit");
  await first.kill();

  await using second = await startFakeHub({ world, port });
  const connection = connect({ host, port, configDir: config.path });
  const queue = hear(connection, "queue");
  await connection.ready();
  expect(queue.all[0]).toEqual({ length: 3 });
  // Nobody enters a room unasked: they wait for it.
  await connection.join("elsewhere");
  expect(world.rooms.get("lobby")?.messages ?? []).toEqual([]);
  const joined = connection.join("lobby");
  expect(await connection.say("lobby", "four")).toEqual({ seq: 4 });
  await joined;
  expect(world.rooms.get("lobby")?.messages.map(({ text }) => text)).toEqual(["one", "two", "three", "four"]);
  expect(queue.all.at(-1)).toEqual({ length: 0 });
  await connection.close();
  expect(readdirSync(join(config.path, "outbox"))).toEqual([]);
  expect(second.peers.length).toBeLessThanOrEqual(1);
});

test("another user's words are not sent, and without an outbox nothing is kept", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub({ onControl: (_peer, { type }) => type === "join" });
  const options = { host, port: hub.port, configDir: config.path };
  const speak = async (more: { identityFile?: string; outbox?: boolean }) => {
    const connection = connect({ ...options, ...more });
    await connection.ready();
    connection.join("lobby").catch(() => {});
    connection.say("lobby", "mine").catch(() => {});
    await connection.close();
  };
  await speak({ outbox: false });
  expect(readdirSync(config.path)).not.toContain("outbox");
  await speak({});
  await speak({ identityFile: join(config.path, "other") });
  expect(readdirSync(join(config.path, "outbox"))).toHaveLength(2);
  await using connection = connect(options);
  const queue = hear(connection, "queue");
  await connection.ready();
  expect(queue.all).toEqual([{ length: 1 }]);
});

test("a message that is withdrawn before it leaves is not sent", async () => {
  await using config = await makeConfigDir();
  const unused = await startFakeHub();
  await unused.kill();
  await using connection = connect({ host, port: unused.port, configDir: config.path });
  const queue = hear(connection, "queue");
  const joined = connection.join("lobby");
  const aborting = new AbortController();
  const said = connection.say("lobby", "never mind", { signal: aborting.signal });
  aborting.abort(new Error("withdrawn"));
  await expect(said).rejects.toThrow("withdrawn");
  expect(queue.all).toEqual([{ length: 1 }, { length: 0 }]);
  await using hub = await startFakeHub({ port: unused.port });
  await joined;
  expect(await connection.say("lobby", "this one")).toEqual({ seq: 1 });
  await eventually(() => hub.world.rooms.get("lobby")?.messages.length).toBe(1);
});

test("while the disk is full it is told what would be lost, once; with room again all of it is kept", async () => {
  await using config = await makeConfigDir();
  const unused = await startFakeHub();
  await unused.kill();
  const options = { host, port: unused.port, configDir: config.path };
  const connection = connect(options);
  const queue = hear(connection, "queue");
  const notices = hear(connection, "notice");
  connection.join("lobby").catch(() => {});
  const say = (text: string) => void connection.say("lobby", text).catch(() => {});
  say("one");
  await eventually(() => readdirSync(join(config.path, "outbox"))).toHaveLength(1);
  const [name = ""] = readdirSync(join(config.path, "outbox"));
  const file = join(config.path, "outbox", name);
  const fill = () => {
    renameSync(file, `${file}.aside`);
    symlinkSync("/dev/full", file);
  };
  const free = () => {
    rmSync(file);
    renameSync(`${file}.aside`, file);
  };
  fill();
  for (const text of ["two", "three"]) say(text);
  const unkept = ["two", "three"].map((text) => expect.objectContaining({ room: "lobby", text }));
  expect(queue.all.at(-1)).toEqual({ length: 3, unkept });
  expect(notices.all).toMatchObject([{ error: { code: "UNKEPT" } }]);
  free();
  say("four");
  expect(queue.all.at(-1)).toEqual({ length: 4 });
  fill();
  say("five");
  expect(notices.all).toHaveLength(2);
  await connection.close();
  expect(queue.all.at(-1)).toMatchObject({ length: 5, unkept: [{ text: "five" }] });
  free();
  await using later = connect(options);
  expect(await hear(later, "queue").until(({ length }) => length > 0)).toEqual({ length: 4 });
});
