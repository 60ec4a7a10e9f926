import { describe, expect, test } from "vitest";
import { connect } from "../src/index.ts";
import { bytesOf, eventually, hear, makeConfigDir, piecesOf } from "./client-harness.ts";
import { createWorld, type FakeCall, startFakeHub } from "./fake-hub.ts";

const host = "127.0.0.1";
/** Type of the frame that asks for a hub's key. */
const HELLO = 0x01;

describe("a hub that is killed and starts again", () => {
  test("is found again; no message is missing, none comes twice", async () => {
    await using config = await makeConfigDir();
    const world = createWorld();
    const first = await startFakeHub({ world });
    const { port } = first;
    await using connection = connect({ host, port, nick: "ada", configDir: config.path });
    const states = hear(connection, "state");
    const messages = hear(connection, "message");
    await connection.join("lobby");
    await connection.join("dev", { since: 0 });
    for (let number = 1; number <= 5; number++) await connection.say("lobby", `before ${number}`);

    // Some of these are stored and their answers lost, some never arrive.
    const said = Array.from({ length: 20 }, (_unused, i) => connection.say("lobby", `during ${i}`));
    await eventually(() => world.rooms.get("lobby")?.messages.length).toBeGreaterThan(5);
    await first.kill();
    for (let number = 1; number <= 10; number++) first.store("lobby", `while nobody listened ${number}`);
    first.store("dev", "here too");
    await states.until(({ state }) => state === "offline");
    said.push(connection.say("lobby", "said offline"));

    await using second = await startFakeHub({ world, port });
    const stored = await Promise.all(said);
    expect(second.peers).toHaveLength(1);
    const texts = world.rooms.get("lobby")?.messages.map(({ text }) => text) ?? [];
    expect(texts.filter((text) => text.startsWith("during"))).toEqual(
      Array.from({ length: 20 }, (_unused, i) => `during ${i}`),
    );
    expect(texts.at(-1)).toBe("said offline");
    expect(stored.map(({ seq }) => texts[seq - 1])).toEqual([
      ...Array.from({ length: 20 }, (_unused, i) => `during ${i}`),
      "said offline",
    ]);
    await messages.until(({ text }) => text === "said offline");
    await messages.until(({ text }) => text === "here too");
    const heard = messages.all.filter(({ room }) => room === "lobby");
    expect(heard.map(({ text }) => text)).toEqual(texts);
    expect(states.all.map(({ state }) => state)).toEqual(["online", "offline", "online"]);
    expect(second.peers[0]?.heard[0]).toMatchObject({ type: "hello", nick: "ada" });
  });

  test("answers a command that was under way, once and whole", async () => {
    await using config = await makeConfigDir();
    const world = createWorld();
    const calls: FakeCall[] = [];
    const commands = { build: (call: FakeCall) => void calls.push(call) };
    const first = await startFakeHub({ world, commands });
    await using connection = connect({ host, port: first.port, configDir: config.path });
    const states = hear(connection, "state");
    const run = connection.run("build", ["all"]);
    const reading = piecesOf(run);
    await eventually(() => calls.length).toBe(1);
    const call = calls[0]!;
    call.reply({ type: "out", bytes: Buffer.alloc(40_000, "a") });
    call.reply({ type: "text", text: "half way" });
    call.reply({ type: "data", data: 50 });
    await eventually(() => first.peers[0]?.session.bufferedTotal).toBe(0);
    await first.kill();
    call.reply({ type: "err", bytes: Buffer.from("careful") });
    const late = connection.run("build", ["docs"]);
    await connection.ping(AbortSignal.timeout(1)).catch(() => {});
    await states.until(({ state }) => state === "offline");

    await using _second = await startFakeHub({ world, commands, port: first.port });
    await states.until((_state, all) => all.length > 2);
    call.reply({ type: "out", bytes: Buffer.alloc(40_000, "b") });
    call.reply({ type: "end", status: 4 });
    const pieces = await reading;
    expect(bytesOf(pieces, "stdout").toString()).toBe("a".repeat(40_000) + "b".repeat(40_000));
    expect(bytesOf(pieces, "stderr").toString()).toBe("careful");
    expect(pieces.filter(({ type }) => type === "text")).toEqual([
      { type: "text", text: "half way", data: 50 },
    ]);
    expect(await run.status).toBe(4);
    await eventually(() => calls.length).toBe(2);
    calls[1]?.reply({ type: "end", status: 0 });
    expect(await late.status).toBe(0);
    expect(world.ran).toEqual(["build all", "build docs"]);
  });

  test("with an empty store counts from the start, and nothing new is lost", async () => {
    await using config = await makeConfigDir();
    const world = createWorld();
    const first = await startFakeHub({ world });
    await using connection = connect({ host, port: first.port, configDir: config.path });
    const messages = hear(connection, "message");
    await connection.join("lobby");
    for (let number = 1; number <= 5; number++) await connection.say("lobby", `old ${number}`);
    await first.close();
    await using second = await startFakeHub({
      world: { ...createWorld(), key: world.key },
      port: first.port,
    });
    await eventually(() => second.peers[0]?.rooms.has("lobby")).toBe(true);
    expect(await connection.say("lobby", "new")).toEqual({ seq: 1 });
    await messages.until(({ text }) => text === "new");
  });

  test("that lost a room says so", async () => {
    await using config = await makeConfigDir();
    const first = await startFakeHub();
    await using connection = connect({ host, port: first.port, configDir: config.path });
    const notices = hear(connection, "notice");
    await connection.join("club");
    await first.close();
    await using _second = await startFakeHub({
      world: first.world,
      port: first.port,
      onControl(peer, message) {
        if (message.type !== "join") return false;
        peer.say({
          type: "error",
          about: "join",
          room: message.room,
          code: "FORBIDDEN",
          message: "members only",
        });
        return true;
      },
    });
    await notices.until(({ text }) => text === "#club: members only");
    await expect(connection.say("club", "hi")).rejects.toThrow("you are not in #club");
  });
});

test("a hub that was only deaf for a while is carried on with, in the old session", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub();
  await using connection = connect({ host, port: hub.port, configDir: config.path });
  const states = hear(connection, "state");
  const messages = hear(connection, "message");
  await connection.join("lobby");
  const { session } = hub.peers[0]!;
  hub.isDeaf = true;
  const said = connection.say("lobby", "can you hear me");
  expect(await states.until(({ state }) => state === "offline")).toMatchObject({
    reason: "the hub does not answer",
  });
  hub.isDeaf = false;
  expect(await said).toEqual({ seq: 1 });
  await messages.until(({ text }) => text === "can you hear me");
  await states.until((_state, all) => all.at(-1)?.state === "online" && all.length > 2);
  // Whichever came first: there is one session, and the message is stored once.
  await eventually(() => hub.peers.length).toBe(1);
  expect(session.stats().packetsIn).toBeGreaterThan(0);
  expect(hub.world.rooms.get("lobby")?.messages).toHaveLength(1);
});

test("a session whose answers are lost for good gives way to a new one, and is closed", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub();
  await using connection = connect({ host, port: hub.port, configDir: config.path });
  const states = hear(connection, "state");
  const messages = hear(connection, "message");
  await connection.join("lobby");
  const [old] = hub.peers;
  hub.muteSessions();
  // The hub stores it, and its answer is lost.
  const said = connection.say("lobby", "can you hear me");
  await eventually(() => hub.world.rooms.get("lobby")?.messages.length).toBe(1);
  expect(await said).toEqual({ seq: 1 });
  expect(states.all.map(({ state }) => state)).toEqual(["online", "offline", "online"]);
  await messages.until(({ text }) => text === "can you hear me");
  await eventually(() => hub.peers.length).toBe(1);
  expect(hub.peers[0]).not.toBe(old);
  expect(hub.world.rooms.get("lobby")?.messages).toHaveLength(1);
});

test("a client that starts before its hub reaches it as soon as it is there", async () => {
  await using config = await makeConfigDir();
  const unused = await startFakeHub();
  await unused.kill();
  await using connection = connect({ host, port: unused.port, configDir: config.path });
  const joined = connection.join("lobby");
  const said = connection.say("lobby", "first");
  await using hub = await startFakeHub({ port: unused.port });
  await joined;
  expect(await said).toEqual({ seq: 1 });
  expect(hub.peers).toHaveLength(1);
});

test("hostile 49: a hub with another key than before is refused, with nothing sent but a HELLO", async () => {
  await using config = await makeConfigDir();
  const fingerprints: string[] = [];
  const options = {
    host,
    configDir: config.path,
    onFingerprint: (text: string) => void fingerprints.push(text),
  };
  const first = await startFakeHub();
  const { port } = first;
  await using connection = connect({ ...options, port });
  await connection.join("lobby");
  await first.close();

  await using second = await startFakeHub({ port });
  const states = hear(connection, "state");
  const { reason } = await states.until(({ state }) => state === "closed");
  expect(reason).toMatch(
    /^the key of 127\.0\.0\.1:\d+ is not the one known since \d{4}-\d\d-\d\d; if that is right, remove line 1 of .*known_hosts$/,
  );
  await expect(connection.say("lobby", "secret")).rejects.toMatchObject({ code: "AUTH", message: reason });
  await expect(connection.run("echo", []).status).rejects.toMatchObject({ code: "AUTH" });
  expect(second.peers).toHaveLength(0);
  expect(new Set(second.frameTypes)).toEqual(new Set([HELLO]));
  expect(fingerprints).toHaveLength(1);
  expect(fingerprints[0]).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
});
