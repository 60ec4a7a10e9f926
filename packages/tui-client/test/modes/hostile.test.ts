import { afterEach, expect, test } from "vitest";
import { MAX_ENTRIES } from "../../src/store/state.ts";
import { onlineConnection } from "./pipe-harness.ts";
import { openScreens } from "./open-screens.ts";

const screens = openScreens();
afterEach(screens.close);

test("a peer cannot write, link, copy, ring or turn around anything", async () => {
  const screen = await screens.open();
  const attacks = [
    "\u001b]52;c;ZXZpbA==\u0007",
    "\u001b]0;title\u0007",
    "\u001bPq#0\u001b\\",
    "\u001b[?1049l\u001b[2J\u001b[H",
    "\u009b2J\u009d0;x\u009c",
    "\u0007\u0008\u000e\u0085",
    "\u202e\u2066\u200f\ufeff\u00ad",
    "\u001b[6n\u001b[c",
  ];
  screen.connection.store(attacks.join("e"), `<${attacks.join("")}>`);
  screen.connection.emit("presence", {
    room: "lobby",
    users: [{ nick: attacks.join("n"), state: "online" }],
  });
  screen.connection.emit("typing", { room: "lobby", from: attacks.join("t") });
  screen.connection.emit("notice", { text: attacks.join("h") });
  await screen.shows("<>");
  const before = screen.written.length;
  screen.type("x");
  await screen.shows("> x");
  expect(screen.written.slice(0, before)).not.toMatch(/ZXZpbA|\]52|\]0;|\u202e|\u2066|\[6n|\u009b/);
  expect(screen.terminal.buffer.active.type).toBe("alternate");
});

test("a hub's commands are as little trusted as its people", async () => {
  const connection = onlineConnection();
  const evil = "e\u001b]8;;http://evil\u0007v\u001b[41mil\u202e";
  connection.commandTable = Array.from({ length: 5000 }, (_, index) => ({
    name: `${evil}${index}`,
    usage: evil,
    summary: evil,
  }));
  const screen = await screens.open({ connection });
  screen.type("/e\t");
  await screen.shows("/evil0");
  screen.type("\u0015\u001bh");
  await screen.shows("Help");
  screen.type("\u001b[F");
  await screen.shows("/evil999 evil");
  for (const trace of ["evil\u0007", "[41m", "\u202e"]) expect(screen.written).not.toContain(trace);
});

test("64 KB in one line stay readable, and the talk goes on", async () => {
  const screen = await screens.open();
  screen.connection.store("bob", `start ${"x".repeat(65_536)}`);
  screen.connection.store("bob", "网".repeat(21_845));
  screen.connection.store("bob", `a${"\u0301".repeat(60_000)}z`);
  screen.connection.store("eve", "after it");
  await screen.shows("after it");
  await screen.shows("more]");
  screen.type("still here\r");
  await screen.connection.until(() => screen.connection.said.length === 1);
});

test("thousands who join at once are one line, and typing goes on", async () => {
  const screen = await screens.open();
  const { connection } = screen;
  connection.store("bob", "said before");
  await screen.shows("said before");
  for (let index = 0; index < 2000; index++) {
    connection.store(`u${index}`, `u${index} is here`, "lobby", "notice");
    if (index % 100 === 0) screen.type("x");
  }
  await screen.shows("u1999 is here (and 1999 others came or left)");
  await screen.shows(`> ${"x".repeat(20)}`);
  expect(screen.rows().join("\n")).toContain("said before");
});

test("more messages than are kept: the oldest go, nothing waits for them", async () => {
  const screen = await screens.open();
  const { connection } = screen;
  for (let index = 1; index <= MAX_ENTRIES + 500; index++) connection.store("bob", `message ${index}.`);
  await screen.shows(`message ${MAX_ENTRIES + 500}.`);
  for (let burst = 0; burst < 20; burst++) {
    for (let index = 0; index < 10; index++) connection.store("bob", `burst ${burst}.${index}`);
    screen.type("k");
    await screen.shows(`> ${"k".repeat(burst + 1)}`);
  }
  await screen.shows("burst 19.9");
  screen.type("\u001b[1;3H");
  await screen.shows("message 701.");
  expect(screen.rows().join("\n")).not.toContain("message 700.");
});
