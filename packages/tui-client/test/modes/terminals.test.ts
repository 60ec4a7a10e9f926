import { afterEach, expect, test } from "vitest";
import { startPipe } from "./pipe-harness.ts";
import { openScreens } from "./open-screens.ts";

const screens = openScreens();
afterEach(screens.close);

/** Parameters of all sequences that set colours or attributes. */
const styles = (written: string) =>
  // oxlint-disable-next-line no-control-regex
  [...written.matchAll(/\u001b\[([\d;]*)m/g)].map(([, codes]) => codes ?? "");
const isColour = (codes: string) => /(?:^|;)(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;|$)/.test(codes);

async function busyScreen(env: Readonly<Record<string, string>>) {
  const screen = await screens.open({ env });
  const { connection } = screen;
  connection.emit("presence", { room: "lobby", users: [{ nick: "小明", state: "away" }] });
  connection.store("小明", "ada: https://example.com 你好 é");
  connection.store("bob", "hello");
  screen.type("说 draft\r\u001bs");
  await screen.until((text) => text.includes("hello"));
  screen.type("\u001b\u001bh");
  await screen.until((text) => /Help|help/.test(text));
  return screen;
}

test("NO_COLOR: no colour, and everything is told all the same", async () => {
  const screen = await busyScreen({ NO_COLOR: "1" });
  expect(styles(screen.written).filter(isColour)).toEqual([]);
});

test("16 colours: none that only more colours have", async () => {
  const screen = await busyScreen({ TERM: "xterm", COLORTERM: "" });
  const colours = styles(screen.written).filter(isColour);
  expect(colours).not.toEqual([]);
  expect(colours.filter((codes) => /[34]8;/.test(codes))).toEqual([]);
});

test("LANG=C: nothing but ASCII is written, in as many cells", async () => {
  const screen = await busyScreen({ LANG: "C" });
  // oxlint-disable-next-line no-control-regex
  expect(screen.written.replace(/[\u0000-\u007f]/g, "")).toBe("");
  screen.type("\u001b");
  await screen.until((text) => /^> *$/m.test(text) && text.includes("????"));
  for (const row of screen.rows().slice(0, 20)) expect([row[14], row[92]]).toEqual(["|", "|"]);
});

test("a terminal without OSC gets no link and no notification", async () => {
  const screen = await busyScreen({ TERM: "linux" });
  expect(screen.written).not.toContain("\u001b]");
});

test("line by line nothing but lines is written, each message once", async () => {
  const chat = { command: "chat", room: "lobby", linear: true } as const;
  const hub = { address: { host: "127.0.0.1", port: 6666 }, timeoutMs: 60_000 };
  const pipe = startPipe({ ...chat, hub }, { env: { LANG: "C.UTF-8" } });
  await pipe.connection.until(() => pipe.connection.joins.length > 0);
  pipe.connection.store("b\u001b[31mob", "one\u001b]8;;http://x\u0007 line\nand 你好\u202e");
  pipe.stdin.end("said by me\n");
  expect(await pipe.status).toBe(0);
  // oxlint-disable-next-line no-control-regex
  expect(pipe.stdout.replace(/\n/g, "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  expect(pipe.stdout.match(/one line/g)).toHaveLength(1);
  expect(pipe.stdout.match(/said by me/g)).toHaveLength(1);
});
