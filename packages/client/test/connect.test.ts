import { describe, expect, test } from "vitest";
import { connect, type HubError } from "../src/index.ts";
import { eventually, hear, makeConfigDir } from "./client-harness.ts";
import { startFakeHub } from "./fake-hub.ts";

const host = "127.0.0.1";

test("the hub is reached, and gives name and commands", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub();
  await using connection = connect({ host, port: hub.port, nick: "ada", configDir: config.path });
  const nicks = hear(connection, "nick");
  expect(connection.state).toBe("connecting");
  expect(connection.nick).toBeUndefined();
  await connection.ready();
  expect(connection.state).toBe("online");
  expect(connection.nick).toBe("ada");
  expect(nicks.all).toEqual([{ nick: "ada" }]);
  expect(await connection.commands()).toEqual([{ name: "echo", usage: "<word>", summary: "says it again" }]);
  expect(hub.peers[0]?.heard[0]).toMatchObject({
    type: "hello",
    version: 1,
    client: "palaver-client",
    nick: "ada",
  });
});

test("a name is looked up, and whichever of its addresses answers is used", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub();
  await using connection = connect({ host: "localhost", port: hub.port, configDir: config.path });
  await connection.ready();
});

describe("a room", () => {
  test("brings its last messages, then what is said, with text that cannot hurt a terminal", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub();
    for (let number = 1; number <= 5; number++) hub.store("lobby", `old ${number}`);
    await using connection = connect({ host, port: hub.port, nick: "ada", configDir: config.path });
    const messages = hear(connection, "message");
    await connection.join("lobby");
    hub.store("lobby", "red \u001b[31malert\u0007", "e\u001b[2Jve");
    await messages.until(({ seq }) => seq === 6);
    expect(messages.all.map(({ seq, text, from }) => [seq, text, from])).toEqual([
      [3, "old 3", "somebody"],
      [4, "old 4", "somebody"],
      [5, "old 5", "somebody"],
      [6, "red alert", "eve"],
    ]);
  });

  test("brings everything after a number when asked to", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub();
    for (let number = 1; number <= 9; number++) hub.store("lobby", `old ${number}`);
    await using connection = connect({ host, port: hub.port, configDir: config.path });
    const messages = hear(connection, "message");
    await connection.join("lobby", { since: 2 });
    await messages.until(({ seq }) => seq === 9);
    expect(messages.all.map(({ seq }) => seq)).toEqual([3, 4, 5, 6, 7, 8, 9]);
  });

  test("passes a message on once, however often the hub sends it, and notices each time", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub();
    await using connection = connect({ host, port: hub.port, configDir: config.path });
    const messages = hear(connection, "message");
    await connection.join("lobby");
    hub.store("lobby", "one");
    hub.store("lobby", "two");
    const [one, two] = hub.world.rooms.get("lobby")!.messages;
    const notice = { ...one!, seq: 0, kind: "notice" as const, text: "bob is here" };
    for (const again of [one!, notice, two!, notice]) hub.broadcast("lobby", again);
    hub.store("lobby", "three");
    await messages.until(({ text }) => text === "three");
    const texts = messages.all.map(({ text }) => text);
    expect(texts).toEqual(["one", "two", "bob is here", "bob is here", "three"]);
  });

  test("stores what is said in order, and answers with its number", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub();
    await using connection = connect({ host, port: hub.port, configDir: config.path });
    const queue = hear(connection, "queue");
    await connection.join("lobby");
    const texts = Array.from({ length: 300 }, (_unused, i) => `${i} ${"x".repeat(3000)}`);
    const stored = await Promise.all(texts.map((text) => connection.say("lobby", text)));
    expect(stored.map(({ seq }) => seq)).toEqual(texts.map((_text, i) => i + 1));
    expect(hub.world.rooms.get("lobby")?.messages.map(({ text }) => text)).toEqual(texts);
    expect(Math.max(...queue.all.map(({ length }) => length))).toBe(300);
    expect(queue.all.at(-1)).toEqual({ length: 0 });
  });

  test("says why a message was refused, in clean text", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub();
    await using connection = connect({ host, port: hub.port, configDir: config.path });
    await connection.join("lobby");
    await expect(connection.say("lobby", "refuse me")).rejects.toThrow("not that");
    await expect(connection.say("lobby", "x".repeat(5000))).rejects.toMatchObject({ code: "TOO_LARGE" });
    await expect(connection.say("elsewhere", "hi")).rejects.toThrow(
      "you are not in #elsewhere; join it first",
    );
  });

  test("takes a thousand messages that wait, and refuses one more", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub({ onControl: (_peer, { type }) => type === "join" });
    const connection = connect({ host, port: hub.port, configDir: config.path, outbox: false });
    const joined = connection.join("lobby").catch((error: unknown) => error);
    const said = Array.from({ length: 1000 }, () =>
      connection.say("lobby", "hi").catch((error: HubError) => error),
    );
    await expect(connection.say("lobby", "hi")).rejects.toMatchObject({ code: "BUSY" });
    await connection.close();
    expect(await joined).toMatchObject({ code: "CLOSED" });
    for (const error of await Promise.all(said)) expect(error).toMatchObject({ code: "CLOSED" });
  });

  test("knows who is in it", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub();
    await using connection = connect({ host, port: hub.port, nick: "ada", configDir: config.path });
    const presence = hear(connection, "presence");
    await connection.join("lobby");
    const peer = hub.peers[0];
    peer?.say({ type: "presence", room: "lobby", user: "bo\u0007b", state: "online" });
    peer?.say({ type: "presence", room: "lobby", user: "cyd", state: "online" });
    peer?.say({ type: "presence", room: "lobby", user: "bob", state: "away" });
    peer?.say({ type: "presence", room: "lobby", user: "cyd", state: "online", nick: "dee" });
    peer?.say({ type: "presence", user: "ada", state: "offline" });
    const { users } = await presence.until(({ users: now }) => now.every(({ nick }) => nick !== "ada"));
    expect(users).toEqual([
      { nick: "bob", state: "away" },
      { nick: "dee", state: "online" },
    ]);
  });

  test("that is refused says why, and can be asked for again", async () => {
    await using config = await makeConfigDir();
    let isOpen = false;
    await using hub = await startFakeHub({
      onControl(peer, message) {
        if (isOpen || message.type !== "join") return false;
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
    await using connection = connect({ host, port: hub.port, configDir: config.path });
    await expect(connection.join("club")).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: "members only",
    });
    isOpen = true;
    await connection.join("club");
  });

  test("that is left brings nothing more", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub();
    await using connection = connect({ host, port: hub.port, configDir: config.path });
    const messages = hear(connection, "message");
    await connection.join("lobby");
    await connection.join("dev");
    await connection.part("lobby");
    hub.store("lobby", "gone");
    hub.store("dev", "here");
    expect(await messages.until(() => true)).toMatchObject({ room: "dev", text: "here" });
    await expect(connection.say("lobby", "hi")).rejects.toThrow("you are not in #lobby");
    await connection.join("lobby");
    expect(await connection.say("lobby", "back")).toEqual({ seq: 2 });
  });

  test("for which a message waits is not left, and the message is stored", async () => {
    await using config = await makeConfigDir();
    const unused = await startFakeHub();
    await unused.kill();
    await using connection = connect({ host, port: unused.port, configDir: config.path });
    const joined = connection.join("dev");
    const said = connection.say("dev", "do not forget me");
    await expect(connection.part("dev")).rejects.toMatchObject({
      code: "BUSY",
      message: "a message for #dev still waits for the hub; leave the room when the hub has it",
    });
    await using _hub = await startFakeHub({ port: unused.port });
    await joined;
    expect(await said).toEqual({ seq: 1 });
    await connection.part("dev");
    await expect(connection.say("dev", "hi")).rejects.toThrow("you are not in #dev");
  });

  test("that the hub puts us out of says so, and ends what waits there", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub();
    await using connection = connect({ host, port: hub.port, configDir: config.path });
    const notices = hear(connection, "notice");
    await connection.join("lobby");
    hub.peers[0]?.rooms.clear();
    const said = connection.say("lobby", "unheard");
    hub.peers[0]?.say({ type: "part", room: "lobby" });
    await expect(said).rejects.toThrow("you are no longer in #lobby");
    expect(notices.all).toEqual([{ text: "#lobby: you are no longer in #lobby" }]);
  });

  test("that a command brought us into is known as well", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub();
    await using connection = connect({ host, port: hub.port, configDir: config.path });
    await connection.join("lobby");
    const peer = hub.peers[0]!;
    const stream = peer.session.open("room") as number;
    peer.rooms.set("dev", stream);
    hub.store("dev", "first");
    peer.say({ type: "joined", room: "dev", stream, seq: 1, members: [] });
    expect(await hear(connection, "message").until(() => true)).toMatchObject({ room: "dev", text: "first" });
    expect(await connection.say("dev", "second")).toEqual({ seq: 2 });
  });
});

describe("an end", () => {
  test("of the application's signal closes the connection and everything that waits", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub({ carriers: [] });
    const aborting = new AbortController();
    const connection = connect({ host, port: 9, configDir: config.path, signal: aborting.signal });
    const waiting = [
      connection.ready(),
      connection.join("lobby"),
      connection.say("lobby", "hi"),
      connection.who("lobby"),
      connection.run("echo", []).status,
      connection.ping(),
    ].map((promise) => promise.catch((error: unknown) => error));
    aborting.abort();
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: "CLOSED" });
    expect(connection.state).toBe("closed");
    await expect(connection.ready()).rejects.toMatchObject({ code: "CLOSED" });
    expect(hub.frameTypes).toEqual([]);
  });

  test("of one wait's signal ends that wait alone", async () => {
    await using config = await makeConfigDir();
    await using connection = connect({ host, port: 9, configDir: config.path });
    const aborting = new AbortController();
    const waits = [
      connection.ready(aborting.signal),
      connection.join("lobby", { signal: aborting.signal }),
      connection.run("echo", [], { signal: aborting.signal }).status,
      connection.ping(aborting.signal),
    ].map((promise) => promise.catch((error: unknown) => error));
    aborting.abort(new Error("no more patience"));
    for (const error of await Promise.all(waits))
      expect(error).toMatchObject({ message: "no more patience" });
    expect(connection.state).toBe("connecting");
  });

  test("tells the hub at once", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub();
    const connection = connect({ host, port: hub.port, configDir: config.path });
    await connection.join("lobby");
    expect(hub.peers).toHaveLength(1);
    await connection.close();
    await eventually(() => hub.peers.length).toBe(0);
  });

  test("a hub that turns us away is not asked again", async () => {
    await using config = await makeConfigDir();
    await using hub = await startFakeHub({
      onControl(peer, { type }) {
        if (type === "hello") peer.session.close("FORBIDDEN", "you are banned");
        return true;
      },
    });
    const connection = connect({ host, port: hub.port, configDir: config.path });
    await expect(connection.ready()).rejects.toMatchObject({ code: "FORBIDDEN", message: "you are banned" });
    expect(connection.state).toBe("closed");
  });
});

test("a listener that throws does not break the session", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub();
  await using connection = connect({ host, port: hub.port, configDir: config.path });
  const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
  connection.on("message", () => {
    throw new Error("a bug of the application");
  });
  await connection.join("lobby");
  expect(await connection.say("lobby", "one")).toEqual({ seq: 1 });
  expect(await thrown).toMatchObject({ message: "a bug of the application" });
});

test("a ping measures the way", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub();
  await using connection = connect({ host, port: hub.port, configDir: config.path });
  const { rttMs, loss, pathChanges } = await connection.ping();
  expect(rttMs).toBeGreaterThan(0);
  expect(loss).toBeGreaterThanOrEqual(0);
  expect(pathChanges).toBe(0);
});

test("what a hub sends that is not of this protocol ends the session, not the process", async () => {
  await using config = await makeConfigDir();
  await using hub = await startFakeHub();
  await using connection = connect({ host, port: hub.port, configDir: config.path });
  const states = hear(connection, "state");
  await connection.join("lobby");
  const peer = hub.peers[0]!;
  peer.write(peer.rooms.get("lobby")!, Uint8Array.of(0));
  await states.until(({ state }) => state === "offline");
  await states.until((_state, all) => all.at(-1)?.state === "online" && all.length > 2);
  await eventually(() => hub.peers.at(-1)?.rooms.has("lobby")).toBe(true);
});
