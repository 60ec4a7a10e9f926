import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { HubError } from "@palaver/client";
import { afterEach, expect, test } from "vitest";
import { parseRecording } from "../../src/terminal/recording.ts";
import { FakeConnection } from "../fake-connection.ts";
import { hub, onlineConnection, startPipe } from "./pipe-harness.ts";
import { type ScreenOptions, startScreen } from "./screen-harness.ts";

const running: ReturnType<typeof startScreen>[] = [];

async function start(
  connection: FakeConnection = onlineConnection(),
  size?: { columns: number; rows: number },
  options?: ScreenOptions,
) {
  const screen = startScreen(connection, size, options);
  running.push(screen);
  await screen.until((text) => text.includes("\n>"));
  if (connection.state === "online") await connection.until(() => connection.joins.length > 0);
  return screen;
}

afterEach(async () => {
  for (const screen of running.splice(0)) {
    screen.type("\u0003\u0003");
    await screen.status;
  }
});

/** Columns of a sign in each row that has it. */
const columnsOf = (rows: readonly string[], sign: string) =>
  rows.map((row) => [...row.matchAll(new RegExp(sign, "g"))].map(({ index }) => index));

test("the screen has rooms, talk, nicknames, state and draft, with straight borders", async () => {
  const screen = await start();
  const { connection } = screen;
  connection.emit("presence", {
    room: "lobby",
    users: [
      { nick: "ada", state: "online" },
      { nick: "bob", state: "away" },
    ],
  });
  connection.store("bob", "hello ".repeat(40));
  connection.store("bob", "waves", "lobby", "me");
  await screen.shows("bob waves");
  await screen.shows("bob away");
  const rows = screen.rows();
  for (const columns of columnsOf(rows.slice(0, 21), "│")) expect(columns).toEqual([14, 92]);
  expect(columnsOf([rows[21] ?? ""], "┴")).toEqual([[14, 92]]);
  expect(rows[0]).toMatch(/^>1 #lobby/);
  expect(rows[22]).toMatch(/^ \[ada\] {2}#lobby {2}online {2}lag 23ms +Alt\+H help$/);
  expect(rows[23]).toBe(">");
  expect(screen.cursor).toEqual({ x: 2, y: 23 });
});

test("wide characters keep the borders straight", async () => {
  const screen = await start();
  screen.connection.store("小明", "你好".repeat(60));
  await screen.shows("小明");
  const { active } = screen.terminal.buffer;
  for (let row = 0; row < 21; row++) {
    expect(active.getLine(row)?.getCell(14)?.getChars()).toBe("│");
    expect(active.getLine(row)?.getCell(92)?.getChars()).toBe("│");
  }
});

test("the cursor's cell is exact, and Backspace takes one grapheme", async () => {
  const screen = await start();
  screen.type("你好👨‍👩‍👧‍👦");
  await screen.until(() => screen.cursor.x === 2 + 4 + 2);
  screen.type("\u007f");
  await screen.until(() => screen.cursor.x === 2 + 4);
  expect(screen.rows()[23]).toBe("> 你好");
  screen.type("\u001b[D\u001b[D");
  await screen.until(() => screen.cursor.x === 2);
});

test("text and Enter in one chunk send exactly once", async () => {
  const screen = await start();
  screen.type("hi\r");
  await screen.shows("ada           hi");
  expect(screen.connection.said.map(({ text }) => text)).toEqual(["hi"]);
  expect(screen.rows()[23]).toBe(">");
});

test("a resize keeps the draft and leaves nothing behind", async () => {
  const screen = await start();
  screen.type("my draft");
  await screen.shows("> my draft");
  screen.resize(60, 12);
  // Sixty columns have neither list, and so no border.
  await screen.until((text) => !text.includes("│") && screen.rows()[11] === "> my draft");
  screen.resize(19, 12);
  await screen.until(() => screen.rows()[0] === "too small");
  screen.resize(110, 24);
  await screen.until(() => screen.rows()[23] === "> my draft");
  expect(screen.rows().filter((row) => row.includes("draft"))).toHaveLength(1);
});

test("while the hub is away typing goes on, and what is written waits, marked", async () => {
  const connection = new FakeConnection();
  connection.storesAtOnce = false;
  const screen = await start(connection);
  await screen.shows("connecting…");
  screen.type("one\r");
  screen.type("two\r");
  await screen.shows("two …");
  await screen.shows("connecting…, 2 queued");
  connection.setState("online");
  // The connection has both: it keeps them on disk.
  expect(connection.said.map(({ text }) => text)).toEqual(["one", "two"]);
  connection.said[0]?.store();
  connection.said[1]?.refuse(new HubError("rate", "too fast"));
  await screen.shows("two [failed: too fast]");
  expect(screen.rows().join("\n")).not.toContain("one …");
  connection.setState("offline", "no answer");
  await screen.shows("OFFLINE, trying again: no answer");
});

test("why the connection was closed stands in the talk in full", async () => {
  const screen = await start(onlineConnection(), { columns: 60, rows: 16 });
  const words = Array.from({ length: 20 }, (_, index) => `word${index}`).join(" ");
  screen.connection.setState("closed", words);
  await screen.shows("CLOSED: word0");
  await screen.until((text) => /-- +word0(.|\n)*word19/.test(text));
});

test("nothing a peer sends acts on the terminal", async () => {
  const screen = await start();
  screen.connection.store(
    "evil\u001b[31m",
    "a\u001b[2J\u001b[41mb\u001b]8;;http://x\u0007c\u202ed\u009b5me\rf",
  );
  await screen.shows("abcde f");
  const row = screen.rows().findIndex((text) => text.includes("abcde f"));
  const line = screen.terminal.buffer.active.getLine(row);
  const start14 = (screen.rows()[row] ?? "").indexOf("abcde");
  for (let column = start14; column < start14 + 5; column++) {
    expect(line?.getCell(column)?.isBgDefault()).toBe(true);
    expect(line?.getCell(column)?.isBlink()).toBe(0);
  }
  expect(screen.rows()[0]).toContain("#lobby");
});

test("a paste of several lines waits for Enter, and Esc discards it", async () => {
  const screen = await start();
  screen.type("\u001b[200~one\rtwo\rthree\r\u001b[201~");
  await screen.shows("3 lines pasted");
  expect(screen.connection.said).toEqual([]);
  expect(screen.rows().slice(-3)).toEqual(["> one", "  two", "  three"]);
  screen.type("\u001b");
  await screen.until((text) => !text.includes("three"));
  screen.type("\u001b[200~one\ntwo\u001b[201~");
  await screen.shows("2 lines pasted");
  screen.type("\r");
  await screen.connection.until(() => screen.connection.said.length === 2);
  expect(screen.connection.said.map(({ text }) => text)).toEqual(["one", "two"]);
});

test("scrolled up, new messages are counted and the view stays", async () => {
  const screen = await start();
  for (let index = 1; index <= 50; index++) screen.connection.store("bob", `text ${index}.`);
  await screen.shows("text 50.");
  screen.type("\u001b[5~");
  await screen.shows("↓ PgDn");
  screen.connection.store("bob", "newer");
  await screen.shows("↓ 1 new");
  expect(screen.rows().join("\n")).not.toContain("newer");
  screen.type("\u001b[6~\u001b[6~");
  await screen.shows("newer");
});

test("commands: a room is joined and shown, another's messages count as unread, Alt+1 goes back", async () => {
  const screen = await start();
  screen.type("/join dev\r");
  await screen.shows(">2 #dev");
  screen.connection.store("bob", "psst", "lobby");
  await screen.until((text) => /^ 1 #lobby +1│/m.test(text));
  screen.type("\u001b1");
  await screen.shows("psst");
  await screen.shows(">1 #lobby");
  screen.type("/part dev\r");
  await screen.until((text) => !text.includes("#dev"));
  expect(screen.connection.parts).toEqual(["dev"]);
});

test("what is typed behind /join goes to that room, also while the hub is away", async () => {
  const connection = new FakeConnection();
  const screen = await start(connection);
  screen.type("/join dev\rhi\r");
  await screen.shows("hi …");
  connection.setState("online");
  await connection.until(() => connection.said.length === 1);
  expect(connection.said[0]).toMatchObject({ room: "dev", text: "hi" });
  await screen.shows(">2 #dev");
});

test("Tab completes commands of the hub, and names what it can choose from", async () => {
  const connection = onlineConnection();
  connection.commandTable = [{ name: "topic", usage: "<text>", summary: "Set the topic" }];
  const screen = await start(connection);
  screen.type("/to\t");
  await screen.shows("> /topic");
  screen.type("\u0015/\t");
  await screen.shows("/join  /part");
});

test("an unknown command runs on the hub, and its output is cleaned into the timeline", async () => {
  const connection = onlineConnection();
  connection.onRun = () => ({
    pieces: [{ type: "stdout", bytes: new TextEncoder().encode("up \u001b[7m3\ndays\n") }],
  });
  const screen = await start(connection);
  screen.type("/run uptime\r");
  await screen.until((text) => /▸ \/run uptime/.test(text) && /│ up 3/.test(text));
  expect(connection.runs).toMatchObject([{ command: "run", argv: ["uptime"] }]);
});

test("one key costs a few hundred bytes, not a screen", async () => {
  const screen = await start();
  for (let index = 1; index <= 30; index++)
    screen.connection.store("bob", `a longer line of text, number ${index}.`);
  await screen.shows("number 30.");
  const before = screen.written.length;
  screen.type("x");
  await screen.shows("> x");
  expect(screen.written.length - before).toBeLessThan(300);
});

test.each([
  ["Ctrl+C twice", "draft\u0003\u0003", 0],
  ["Ctrl+D on an empty draft", "\u0004", 0],
  ["/quit", "/quit\r", 0],
  ["SIGTERM", "SIGTERM", 143],
  ["SIGHUP", "SIGHUP", 129],
] as const)("after %s the terminal is as it was", async (_name, way, status) => {
  const screen = await start();
  expect(screen.terminal.buffer.active.type).toBe("alternate");
  expect(screen.terminal.modes.bracketedPasteMode).toBe(true);
  expect(screen.stdin.isRaw).toBe(true);
  if (way === "SIGTERM" || way === "SIGHUP") process.emit(way, way);
  else screen.type(way);
  expect(await screen.status).toBe(status);
  expect(screen.terminal.buffer.active.type).toBe("normal");
  expect(screen.terminal.modes.bracketedPasteMode).toBe(false);
  expect(screen.stdin.isRaw).toBe(false);
  expect(screen.written.lastIndexOf("\u001b[?25h")).toBeGreaterThan(
    screen.written.lastIndexOf("\u001b[?25l"),
  );
  expect(screen.connection.closes).toBe(1);
  running.splice(0);
});

test("a signal while the screen is drawn for another size leaves the terminal as it was", async () => {
  const faults: unknown[] = [];
  const onFault = (reason: unknown) => faults.push(reason);
  process.on("unhandledRejection", onFault);
  for (const wait of [0, 1, 2]) {
    const screen = await start();
    screen.resize(90, 20);
    screen.type("\u000c");
    for (let turn = 0; turn < wait; turn++) await new Promise((resolve) => setImmediate(resolve));
    process.emit("SIGTERM", "SIGTERM");
    expect(await screen.status).toBe(143);
    await new Promise((resolve) => setImmediate(resolve));
    expect(screen.terminal.buffer.active.type).toBe("normal");
    expect(screen.stdin.isRaw).toBe(false);
    running.splice(0);
  }
  process.off("unhandledRejection", onFault);
  expect(faults).toEqual([]);
});

test("Ctrl+C once clears the draft and stays, and any other key takes the quitting back", async () => {
  const screen = await start();
  screen.type("draft\u0003");
  await screen.shows("Ctrl+C again quits");
  expect(screen.rows()[23]).toBe(">");
  screen.type("x");
  await screen.until((text) => !text.includes("again quits"));
  screen.type("\u0003");
  await screen.shows("Ctrl+C again quits");
});

test("at the end it is told what waits for the next time, and word for word what is lost", async () => {
  const queue = { length: 3, unkept: [{ room: "dev", text: "un\u001b[31mkept" }] };
  const told = [
    "palaver: the hub does not have 2 messages yet; what waits is sent when you next enter its room",
    "palaver: the hub does not have 1 message, and the disk did not take it: it is lost",
    "palaver: #dev: unkept",
    "",
  ].join("\n");
  const screen = await start();
  screen.connection.emit("queue", queue);
  screen.type("/quit\r");
  expect(await screen.status).toBe(0);
  expect(String(screen.stderr.read())).toBe(told);
  const pipe = startPipe({ command: "chat", hub, room: "lobby", linear: true });
  await pipe.connection.until(() => pipe.connection.joins.length > 0);
  pipe.connection.emit("queue", queue);
  pipe.stdin.write("/quit\n");
  expect(await pipe.status).toBe(0);
  expect(pipe.stderr).toBe(told);
});

test("a recording that the disk takes no more of ends there, is told, and the chat goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "palaver-cast-"));
  const record = join(folder, "a.cast");
  const screen = await start(onlineConnection(), { columns: 200, rows: 24 }, { record });
  renameSync(record, `${record}.aside`);
  symlinkSync("/dev/full", record);
  screen.connection.store("bob", "the last straw");
  await screen.shows(`the recording ${record} ends early: ENOSPC`);
  screen.type("is anybody here?\r");
  await screen.shows("is anybody here?");
  expect(
    screen
      .rows()
      .join("\n")
      .match(/ends early/g),
  ).toHaveLength(1);
  expect(parseRecording(readFileSync(`${record}.aside`, "utf8"), record)).not.toEqual([]);
  rmSync(folder, { recursive: true });
});

test("a room is asked for in the form that the hub has it in", async () => {
  const screen = await start();
  screen.type("/join #DevX\r");
  await screen.shows(">2 #devx");
  await screen.connection.until(() => screen.connection.joins.length === 2);
  expect(screen.connection.joins[1]?.room).toBe("devx");
  screen.type("\u001bg#Ops");
  await screen.shows("Enter opens a new room, #ops");
  screen.type("\r");
  await screen.shows(">3 #ops");
});

test("a room that cannot be is closed again and told of, but not with what was said there", async () => {
  const connection = onlineConnection();
  const refusals: (() => void)[] = [];
  const enter = connection.join.bind(connection);
  connection.join = (room, options) =>
    room.includes("/")
      ? new Promise((_resolve, reject) =>
          refusals.push(() => reject(new HubError("PROTOCOL", "This room name holds other characters."))),
        )
      : enter(room, options);
  connection.storesAtOnce = false;
  const screen = await start(connection, { columns: 160, rows: 24 });
  screen.type("/join bad/room\r");
  await screen.shows(">2 #bad/room");
  refusals[0]?.();
  await screen.until((text) => text.startsWith(">1 #lobby") && !text.includes("2 #bad"));
  await screen.shows("cannot enter #bad/room: This room name holds other characters.");
  screen.type("/join bad/two\rkeep this\r");
  await connection.until(() => connection.said.length === 1);
  refusals[1]?.();
  await screen.shows("cannot enter #bad/two");
  expect(screen.rows()[1]).toMatch(/^>2 #bad\/two/);
  expect(screen.rows().join("\n")).toContain("keep this");
});
