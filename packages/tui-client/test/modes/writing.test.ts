import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { HubError } from "@palaver/client";
import { onlineConnection } from "./pipe-harness.ts";
import { openScreens } from "./open-screens.ts";

const screens = openScreens();
afterEach(screens.close);
const folder = mkdtempSync(join(tmpdir(), "palaver-writing-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** An editor that makes `text` of each draft. */
function editorWriting(text: string): void {
  writeFileSync(join(folder, "edited"), text);
  vi.stubEnv("VISUAL", `cp ${join(folder, "edited")}`);
}

const ALT = "\u001b";
const saidBy = (connection: ReturnType<typeof onlineConnection>) => connection.said.map(({ text }) => text);

test("a paste of two hundred lines asks, and is sent in order", async () => {
  const screen = await screens.open();
  const lines = Array.from({ length: 200 }, (_, index) => `pasted line ${index} with some more words`);
  screen.type(`\u001b[200~${lines.join("\r")}\u001b[201~`);
  await screen.shows("200 lines pasted: Enter sends them as 200 messages");
  expect(screen.connection.said).toEqual([]);
  screen.type("\r");
  await screen.connection.until(() => screen.connection.said.length === 200);
  expect(saidBy(screen.connection).join("\n").split("\n")).toEqual(lines);
});

test("a paste of several lines that begins with / says that it would run as one command, and // says it", async () => {
  const screen = await screens.open();
  screen.type("\u001b[200~/usr/local/bin\r/etc\u001b[201~");
  await screen.shows("2 lines pasted: Enter runs all of it as ONE command, // in front says it");
  screen.type("\u001b[A\u0001/");
  await screen.shows("2 lines pasted: Enter sends them as 2 messages");
  screen.type("\r");
  await screen.connection.until(() => screen.connection.said.length === 2);
  expect(saidBy(screen.connection)).toEqual(["/usr/local/bin", "/etc"]);
});

test("Ctrl+R searches what was written, and Enter takes it", async () => {
  const screen = await screens.open();
  screen.type("make build\rmake test\rls\r");
  await screen.connection.until(() => screen.connection.said.length === 3);
  screen.type("\u0012make");
  await screen.shows("(history) “make test” search: make");
  screen.type("\u0012");
  await screen.shows("“make build”");
  screen.type("\r");
  await screen.shows("> make build");
});

test("↑ in an empty draft edits the last message, and Enter saves it", async () => {
  const screen = await screens.open();
  screen.type("a tpyo\r");
  await screen.connection.until(() => screen.connection.said.length === 1);
  await screen.until((text) => /ada +a tpyo$/m.test(text.replaceAll(/ +│/g, "")));
  screen.type("\u001b[A");
  await screen.shows("editing your message");
  screen.type("\u0017typo\r");
  await screen.shows("a typo (edited)");
  expect(saidBy(screen.connection)).toEqual(["a tpyo"]);
});

test("a message is chosen and answered; the answer shows what it answers", async () => {
  const screen = await screens.open();
  screen.connection.store("bob", "shall we?");
  await screen.shows("shall we?");
  screen.type(`${ALT}s`);
  await screen.shows("r answer");
  screen.type("r");
  await screen.shows("answering bob “shall we?”");
  screen.type("yes\r");
  await screen.shows("┌ bob: shall we?");
  expect(screen.connection.said).toMatchObject([{ text: "yes", replyTo: 1 }]);
});

test("reactions are put and taken away, and a deleted message has no text", async () => {
  const screen = await screens.open();
  screen.connection.store("bob", "a joke");
  await screen.shows("a joke");
  screen.type(`${ALT}s+`);
  await screen.shows("React");
  screen.type("1");
  await screen.until((text) => /👍 +1\*/.test(text));
  await screen.connection.change("lobby", "react", 1, "👍", "eve");
  await screen.until((text) => /👍 +2\*/.test(text));
  screen.type(`${ALT}s+1`);
  await screen.until((text) => /👍 +1$/m.test(text.replaceAll(/ +│/g, "")));
  await screen.connection.change("lobby", "delete", 1, "", "bob");
  await screen.until((text) => text.includes("(deleted)") && !text.includes("a joke"));
});

test("a message that failed is marked, and s says it again", async () => {
  const connection = onlineConnection();
  connection.storesAtOnce = false;
  const screen = await screens.open({ connection });
  screen.type("hello\r");
  await connection.until(() => connection.said.length === 1);
  connection.said[0]?.refuse(new HubError("RATE", "too fast"));
  await screen.shows("[failed: too fast]");
  screen.type(`${ALT}s`);
  await screen.shows("s send again");
  screen.type("s");
  await connection.until(() => connection.said.length === 2);
  connection.said[1]?.store();
  await screen.until((text) => text.includes("hello") && !/failed|hello …/.test(text));
});

test("Tab goes through what fits, Shift+Tab back", async () => {
  const screen = await screens.open();
  const users = ["alice", "alan", "albert"].map((nick) => ({ nick, state: "online" }) as const);
  screen.connection.emit("presence", { room: "lobby", users });
  await screen.shows("albert");
  screen.type("al\t");
  await screen.shows("alice  alan  albert");
  screen.type("\t");
  await screen.shows("> alice");
  screen.type("\t\t");
  await screen.shows("> albert");
  screen.type("\u001b[Z");
  await screen.shows("> alan");
});

test("the others are told that the user writes", async () => {
  const screen = await screens.open();
  screen.type("h");
  await screen.connection.until(() => screen.connection.typed.length === 1);
  screen.connection.emit("typing", { room: "lobby", from: "bob" });
  await screen.shows("bob is typing…");
  screen.connection.store("bob", "here");
  await screen.until((text) => !text.includes("typing"));
});

test("what an editor leaves is cleaned as a paste is: no escape, no bell, every line end one", async () => {
  const screen = await screens.open();
  editorWriting("\u001b]0;owned\u0007one\r\ntwo\rth\u0007ree\tend\u001b[31m\r\n");
  screen.type("\u0018");
  await screen.shows("three end");
  for (const raw of ["owned", "\u0007", "\u001b[31m"]) expect(screen.written).not.toContain(raw);
  screen.type("\r");
  await screen.connection.until(() => screen.connection.said.length === 3);
  expect(saidBy(screen.connection)).toEqual(["one", "two", "three end"]);
});

test("what does not fit into the draft is told, of a pasted line and of what an editor leaves", async () => {
  const screen = await screens.open();
  screen.type(`\u001b[200~${"x".repeat(65_536 + 7)}\u001b[201~`);
  await screen.shows("the draft is full: 7 characters did not fit");
  screen.type("\u001f");
  await screen.until((text) => !text.includes("did not fit"));
  editorWriting(`${"y".repeat(65_536)}z\n`);
  screen.type("\u0018");
  await screen.shows("the draft is full: 1 character did not fit");
});
