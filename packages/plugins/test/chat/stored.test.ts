import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createFakeHub, type FakeHub, type FakePeer } from "./fake-hub.ts";
import { createFolder } from "./folder.ts";
import { historyOf } from "./people.ts";

function enter(hub: FakeHub, nick: string, key: string): FakePeer {
  const peer = hub.peer(`peer-${nick}`, { key });
  hub.call(peer, `online ${nick}`);
  return peer;
}

interface Page {
  readonly seq: number;
  readonly more: boolean;
  readonly messages: readonly { readonly seq: number; readonly text: string }[];
}

const page = (hub: FakeHub, peer: FakePeer, line: string) => hub.call(peer, line).data as Page;

describe("history", () => {
  it("shows the last messages, or those after a number", async () => {
    const hub = createFakeHub();
    await using _plugin = await hub.load(createFolder(), { history: 2 });
    const ada = enter(hub, "ada", "key");
    for (const text of ["one", "two", "three", "four"]) hub.call(ada, `say ${text}`);
    hub.call(ada, "join dev");
    expect(historyOf(hub, ada)).toBe("Nothing to show of #dev.");
    expect(historyOf(hub, ada, "history #lobby")).toBe("ada: three\nada: four");
    expect(hub.call(ada, "history #lobby 1").text).toMatch(/^\^4 \d{4}-\d\d-\d\d \d\d:\d\dZ ada: four$/);
    expect(historyOf(hub, ada, "history #lobby 3")).toBe("ada: two\nada: three\nada: four");
    expect(hub.call(ada, "history #lobby since 1").data).toMatchObject({
      room: "lobby",
      seq: 4,
      more: false,
      messages: [
        { room: "lobby", seq: 2, at: expect.any(Number), from: "ada", kind: "say", text: "two" },
        { seq: 3 },
        { seq: 4 },
      ],
    });
    expect(page(hub, ada, "history #lobby since 99")).toMatchObject({ seq: 4, more: false, messages: [] });
    for (const range of ["x", "-1", "since", "since x", "3 4"]) {
      expect(() => hub.call(ada, `history #lobby ${range}`)).toThrow("history takes a number of messages");
    }
  });

  it("data stays below 64 KiB; the rest is asked for page by page, with nothing lost or doubled", async () => {
    const hub = createFakeHub();
    await using _plugin = await hub.load(createFolder(), { history: 100 });
    const ada = enter(hub, "ada", "key");
    for (let number = 1; number <= 100; number++) hub.call(ada, `say ${String(number).padEnd(2000, '"')}`);
    const seen: number[] = [];
    let answer: Page;
    do {
      answer = page(hub, ada, `history since ${seen.at(-1) ?? 0}`);
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(64 * 1024);
      seen.push(...answer.messages.map(({ seq }) => seq));
    } while (answer.more);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(page(hub, ada, "history").messages.at(-1)?.seq).toBe(100);
    hub.call(ada, "part");
    expect(Buffer.byteLength(JSON.stringify(hub.call(ada, "join lobby").data))).toBeLessThanOrEqual(
      64 * 1024,
    );
  });

  it("keeps the newest messages only, and goes on counting", async () => {
    const hub = createFakeHub();
    await using _plugin = await hub.load(createFolder(), { keep: 10 });
    const ada = enter(hub, "ada", "key");
    for (let number = 1; number <= 64; number++) hub.call(ada, `say ${number}`);
    const { messages, seq } = page(hub, ada, "history since 0");
    expect(messages.map(({ text }) => text)).toEqual([
      "55",
      "56",
      "57",
      "58",
      "59",
      "60",
      "61",
      "62",
      "63",
      "64",
    ]);
    expect(seq).toBe(64);
    expect(hub.call(ada, "say on").data).toMatchObject({ seq: 65 });
  });

  it("forgets rooms in which nothing was said, then those left longest ago; neither the lobby nor those in use", async () => {
    const hub = createFakeHub();
    await using plugin = await hub.load(createFolder());
    const { database } = plugin;
    const ada = enter(hub, "ada", "key");
    const bob = enter(hub, "bob", "key-b");
    hub.call(ada, "say in the lobby");
    hub.call(bob, "join inside");
    hub.call(bob, "say still here");
    const fill = database.prepare("INSERT INTO rooms (name, used_at, topic, seq) VALUES (?, ?, ?, ?)");
    // Of the old ones r0 has a message, r1 had some, r2 has a topic; nothing ever happened in those that came after.
    for (let number = 0; number < 3; number++)
      fill.run(`r${number}`, 1000 + number, number === 2 ? "a topic" : "", number === 1 ? 5 : 0);
    for (let number = 0; number < 61; number++) fill.run(`spam${number}`, 9000 + number, "", 0);
    for (let number = 0; number < 999; number++) fill.run(`busy${number}`, 2000 + number, "", 1);
    database.exec("UPDATE rooms SET used_at = 1 WHERE name IN ('lobby', 'inside')");
    database.exec(
      "INSERT INTO messages (room, seq, at, nick, kind, text) VALUES ('r0', 1, 1, 'x', 'say', 'old')",
    );
    const count = () => Number(database.prepare("SELECT count(*) AS count FROM rooms").get()?.["count"]);
    hub.call(ada, "join fresh");
    expect(count(), "63 more wait").toBe(1063 + 3);
    fill.run("spam61", 9061, "", 0);
    hub.call(ada, "join fresher");
    expect(count()).toBe(1000 + 4);
    const others = database.prepare("SELECT name FROM rooms WHERE name NOT LIKE 'busy%' ORDER BY name");
    expect(others.all().map((row) => row["name"])).toEqual(["fresh", "fresher", "inside", "lobby", "r2"]);
    const rooms = database.prepare("SELECT DISTINCT room FROM messages ORDER BY room");
    expect(rooms.all().map((row) => row["room"])).toEqual(["inside", "lobby"]);
  });
});

it("a room that the hub has no place for is not remembered", async () => {
  const hub = createFakeHub();
  await using plugin = await hub.load(createFolder());
  const ada = enter(hub, "ada", "key");
  expect(() => hub.call(ada, "join full")).toThrow("There are too many rooms");
  expect(plugin.database.prepare("SELECT name FROM rooms").all()).toEqual([{ name: "lobby" }]);
});

it("a full disk refuses the message, tells nobody of it, and lets people come and go", async () => {
  const hub = createFakeHub();
  await using plugin = await hub.load(createFolder());
  const ada = enter(hub, "ada", "key");
  const { page_count: pages } = plugin.database.prepare("PRAGMA page_count").get() as { page_count: number };
  plugin.database.exec(`PRAGMA max_page_count = ${pages}`);
  const say = () => {
    for (let number = 0; number < 100; number++) hub.call(ada, `say ${"x".repeat(2000)}`);
  };
  expect(say).toThrow("The hub could not store this, so nobody has got it.");
  expect(hub.warnings).toEqual(["the chat's database took no write"]);
  const heard = ada.messages.length;
  expect(say).toThrow("nobody has got it");
  expect(ada.messages).toHaveLength(heard);
  expect(page(hub, ada, "history since 0").seq).toBe(ada.messages.at(-1)?.seq ?? 0);
  expect(hub.call(ada, "search xxxx").data).toMatchObject({ room: "lobby" });
  const bob = enter(hub, "bob", "key-b");
  hub.call(bob, "join dev");
  hub.call(bob, "offline");
  expect(ada.heard.slice(-2)).toEqual(["* bob is here", "* bob went offline"]);
  plugin.database.exec("PRAGMA max_page_count = 1000000");
  expect(hub.call(ada, "say again").data).toMatchObject({ seq: heard + 1 });
});

it("a second instance beside the first goes on with the sequence, the topics and who is away", async () => {
  const folder = createFolder();
  const hub = createFakeHub();
  const first = await hub.load(folder);
  const ada = enter(hub, "ada", "key");
  const bob = enter(hub, "bob", "key-b");
  hub.call(ada, "join dev");
  hub.call(ada, "say one");
  hub.call(ada, "topic kept");
  hub.call(bob, "away lunch");

  await using _second = await hub.load(folder);
  expect(hub.call(ada, "say two").data).toMatchObject({ room: "dev", seq: 2 });
  await first[Symbol.asyncDispose]();
  expect(hub.call(ada, "say three").data).toMatchObject({ room: "dev", seq: 3 });
  expect(hub.call(ada, "topic").data).toEqual({ room: "dev", topic: "kept" });
  expect(hub.call(ada, "who lobby").text).toContain("bob (away: lunch)");
  expect(historyOf(hub, ada)).toBe("ada: one\nada: two\nada: three");
});

it("after a restart the sequence goes on, and nobody is away any more", async () => {
  const folder = createFolder();
  {
    const hub = createFakeHub();
    await using _plugin = await hub.load(folder);
    const ada = enter(hub, "ada", "key");
    hub.call(ada, "say before");
    hub.call(ada, "away night");
  }
  const hub = createFakeHub();
  await using plugin = await hub.load(folder);
  expect(plugin.database.prepare("SELECT * FROM away").all()).toEqual([]);
  const ada = enter(hub, "ada", "key");
  expect(hub.call(ada, "say after").data).toMatchObject({ seq: 2 });
  expect(historyOf(hub, ada)).toBe("ada: before\nada: after");
});

it("no message that was acknowledged is lost when the process is killed", async () => {
  const folder = createFolder();
  const speaker = spawn(process.execPath, [fileURLToPath(new URL("speaker.ts", import.meta.url)), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(speaker, "exit");
  let acknowledged = 0;
  for await (const line of createInterface(speaker.stdout)) {
    acknowledged = Number(line);
    if (acknowledged === 300) speaker.kill("SIGKILL");
  }
  expect(await exit).toEqual([null, "SIGKILL"]);
  expect(acknowledged).toBeGreaterThanOrEqual(300);

  const hub = createFakeHub();
  await using plugin = await hub.load(folder);
  const rows = plugin.database.prepare("SELECT seq, text FROM messages ORDER BY seq").all();
  expect(rows.length).toBeGreaterThanOrEqual(acknowledged);
  expect(rows.every((row, index) => row["seq"] === index + 1 && row["text"] === `message ${index + 1}`)).toBe(
    true,
  );
});
