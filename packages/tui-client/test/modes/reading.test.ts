import { afterEach, expect, test } from "vitest";
import { NO_CONFIG } from "../../src/config/read-config.ts";
import { onlineConnection } from "./pipe-harness.ts";
import { openScreens } from "./open-screens.ts";

const screens = openScreens();
afterEach(screens.close);

const ALT = "\u001b";
const FOCUS_LOST = "\u001b[O";
const FOCUS_GAINED = "\u001b[I";

test("days are told apart, and what one person says in a row has one name", async () => {
  const screen = await screens.open();
  const { connection } = screen;
  connection.store("bob", "one");
  connection.store("bob", "two");
  await screen.shows("two");
  const rows = screen.rows().join("\n");
  expect(rows).toMatch(/─ Thu,? 24 Sept? ─/);
  expect(rows.match(/bob /g)).toHaveLength(1);
});

test("what came while the user looked away stands below a line, and Alt+U goes there", async () => {
  const screen = await screens.open();
  const { connection } = screen;
  connection.store("bob", "seen");
  await screen.shows("seen");
  screen.type(FOCUS_LOST);
  for (let index = 1; index <= 40; index++) connection.store("bob", `later ${index}.`);
  await screen.shows("later 40.");
  screen.type(`${FOCUS_GAINED}${ALT}u`);
  await screen.shows("─ new messages ─");
  expect(screen.rows().join("\n")).toMatch(/seen[^]*new messages[^]*later 1\./);
});

test("a search stays at the hit, goes to older ones, and says when there is no more", async () => {
  const screen = await screens.open();
  for (let index = 1; index <= 100; index++) {
    screen.connection.store("bob", index % 40 === 5 ? `needle ${index}` : `straw ${index}`);
  }
  await screen.shows("straw 100");
  screen.type("\u0006needle");
  await screen.shows("needle 85");
  screen.type("\r");
  await screen.shows("needle 45");
  screen.type(ALT);
  await screen.until((text) => text.includes("needle 45") && !text.includes("search:"));
  screen.type("\u0006needle\r\r\r");
  await screen.shows("no more “needle”");
  screen.type(`${ALT}[1;3F`);
  await screen.shows("straw 100");
});

test("Alt+Home shows the oldest message, Alt+End the newest", async () => {
  const screen = await screens.open();
  for (let index = 1; index <= 100; index++) screen.connection.store("bob", `text ${index}.`);
  await screen.shows("text 100.");
  screen.type("\u001b[1;3H");
  await screen.shows("text 1.");
  screen.type("\u001b[1;3F");
  await screen.shows("text 100.");
});

test("a mention counts apart, rings, tells the desktop cleanly, and Alt+A goes there first", async () => {
  const connection = onlineConnection();
  const config = { ...NO_CONFIG, settings: { ...NO_CONFIG.settings, rooms: ["dev", "ops"] } };
  const screen = await screens.open({ connection, config });
  await connection.until(() => connection.joins.length === 3);
  connection.store("bob", "anybody?", "dev");
  const now = Date.now();
  connection.emit("message", {
    room: "ops",
    seq: 1,
    at: now,
    from: "b;ob",
    kind: "say",
    text: "Ada\u001b]0;x\u0007: look; here",
  });
  await screen.until((text) => /^ 2 #dev +1│/m.test(text) && /^ 3 #ops +@1│/m.test(text));
  expect(screen.written).toContain("\u001b]777;notify;b,ob #ops;Ada: look, here\u0007");
  screen.type(`${ALT}a`);
  await screen.until((text) => text.includes(">3 #ops"));
  screen.type(`${ALT}a`);
  await screen.until((text) => text.includes(">2 #dev"));
});

test("Alt+M lists all mentions of all rooms, Enter goes there, and Alt+R makes everything read", async () => {
  const connection = onlineConnection();
  const config = { ...NO_CONFIG, settings: { ...NO_CONFIG.settings, rooms: ["dev"] } };
  const screen = await screens.open({ connection, config });
  await connection.until(() => connection.joins.length === 2);
  connection.store("bob", "ada: look at this", "dev");
  for (let index = 0; index < 50; index++) connection.store("bob", `straw ${index}.`, "dev");
  connection.store("eve", "hi ada");
  await screen.until((text) => /^ 2 #dev +@1│/m.test(text));
  screen.type(`${ALT}m`);
  await screen.until((text) => /#lobby {2}.*eve: hi ada[^]*#dev {2}.*bob: ada: look at this/.test(text));
  screen.type("\u001b[B\r");
  await screen.until(
    (text) => text.includes(">2 #dev") && text.includes("bob") && text.includes("look at this"),
  );
  connection.store("bob", "psst");
  await screen.until((text) => /^ 1 #lobby +1│/m.test(text));
  screen.type(`${ALT}r`);
  await screen.until((text) => /^ 1 #lobby +│/m.test(text));
});

test("loss and a new address are told beside the lag", async () => {
  const connection = onlineConnection();
  connection.pingResult = { rttMs: 40, loss: 0.12, pathChanges: 0 };
  const screen = await screens.open({ connection });
  await screen.shows("online  lag 40ms  loss 12%");
  connection.pingResult = { rttMs: 41, loss: 0, pathChanges: 1 };
  connection.setState("offline");
  connection.setState("online");
  await screen.shows("online  lag 41ms  from a new address");
});

test("an address is a link, and the escape sequences of a peer's are not", async () => {
  const screen = await screens.open();
  screen.connection.store(
    "bob",
    "see https://example.com/a(b). \u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007",
  );
  await screen.shows("click");
  expect(screen.written).toContain("\u001b]8;;https://example.com/a(b)\u0007");
  expect(screen.written).not.toContain("evil");
});

test("Alt+L shows the talk alone, y copies a message through the terminal", async () => {
  const screen = await screens.open();
  screen.connection.store("bob", "copy me");
  await screen.shows("copy me");
  screen.type(`${ALT}l`);
  await screen.until((text) => !text.includes("│") && text.includes("bob: copy me"));
  screen.type(ALT);
  await screen.until((text) => text.includes("│"));
  screen.type(`${ALT}sy`);
  await screen.shows("copied");
  expect(screen.written).toContain(`\u001b]52;c;${Buffer.from("copy me").toString("base64")}\u0007`);
});

test("a word of a message is looked up, and the arrows go to others", async () => {
  const connection = onlineConnection();
  connection.onRun = (_command, [word]) =>
    word === "apple" ? { pieces: [{ type: "text", text: "apple n. 苹果" }] } : { status: 1 };
  const screen = await screens.open({ connection });
  connection.store("bob", "one apple pie");
  await screen.shows("apple pie");
  screen.type(`${ALT}t`);
  await screen.shows("the dictionary does not know “pie”");
  screen.type("\u001b[D");
  await screen.shows("apple n. 苹果");
  expect(connection.runs).toMatchObject([{ command: "tr", argv: ["pie"] }, { argv: ["apple"] }]);
});

test("messages of a single word are translated where that is wanted", async () => {
  const connection = onlineConnection();
  connection.onRun = () => ({ pieces: [{ type: "text", text: "苹果 apple" }] });
  const settings = { ...NO_CONFIG.settings, "translate.words": true };
  const screen = await screens.open({ connection, config: { ...NO_CONFIG, settings } });
  connection.emit("message", {
    room: "lobby",
    seq: 1,
    at: Date.now(),
    from: "小明",
    kind: "say",
    text: "苹果",
  });
  await screen.shows("→ 苹果 apple");
});
