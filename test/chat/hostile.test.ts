/* eslint-disable no-control-regex -- this file is about them */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHub, type HubHarness } from "../../packages/server/test/hub-harness.ts";
import { connectSession, type SessionClient } from "../../packages/server/test/sessions/session-client.ts";
import { openUdpPeer } from "../e2e/text-peer.ts";
import { until } from "../e2e/until.ts";

/** The hostile cases of the research list that chat has to stand: 26 to 32. */
let hub: HubHarness;
let ada: SessionClient;
beforeAll(async () => {
  hub = await startHub({ plugins: { chat: {} } });
  ada = await enter("ada");
});
afterAll(async () => {
  await ada[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

/** Somebody in a room of ada's. */
async function enter(nick: string): Promise<SessionClient> {
  const client = await connectSession(hub.port());
  client.control({ type: "hello", version: 1, client: "test", nick });
  client.control({ type: "join", room: "den" });
  await client.next("joined");
  return client;
}

/** What a command answered, as text. */
async function ask(client: SessionClient, command: string, ...argv: string[]): Promise<string> {
  const replies = await client.replies(client.request(command, argv));
  return replies
    .map((reply) => ("text" in reply ? reply.text : "message" in reply ? (reply.message ?? "") : ""))
    .join("\n");
}

const everything = (client: SessionClient) => JSON.stringify(client.heard.map(({ message }) => message));
// JSON writes controls as escapes: what is looked for is looked for in both forms.
const drivesTerminal = (text: string) =>
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\\u00[01][0-9a-f]|\\b|\\f|\\r|\[31m|52;c/.test(
    text,
  );

const attacks = [
  ["CSI", "\u001b[31mred\u001b[2J"],
  ["OSC 52", "\u001b]52;c;cm0gLXJm\u0007copied"],
  ["8-bit C1", "\u009b31mred\u009d52;c;cm0=\u009c"],
  ["bell and backspace", "a\u0007b\u0008\u0008c"],
  ["direction marks", "user\u202etxt.exe\u2066"],
  ["CR and LF", "one\r\n* ada was kicked"],
  ["a sequence that never ends", "\u001b]0;title"],
] as const;

describe("hostile 26: what drives a terminal reaches nobody", () => {
  test.each(attacks)("%s in every text that one person can make another read", async (name, attack) => {
    const number = attacks.findIndex(([other]) => other === name);
    const bobNick = `bob${number}`;
    const eveNick = `eve${number}`;
    await using bob = await enter(bobNick);
    await using text = await openUdpPeer(hub.port());
    await text.ask(`online ${eveNick}`);
    await text.ask("/join den");
    const said = await ask(ada, "say", "#den", `x${attack}`);
    expect(said).not.toMatch(/\u001b/);
    for (const [command, ...argv] of [
      ["me", "#den", `x${attack}`],
      ["reply", "#den", `x${attack}`],
      ["edit", "#den", `y${attack}`],
      ["react", "#den", attack],
      ["topic", "#den", `x${attack}`],
      ["away", `x${attack}`],
      ["away"],
      ["nick", `a${attack}`],
      ["join", `r${attack}`],
      ["msg", bobNick, `x${attack}`],
      ["kick", "#den", bobNick, `x${attack}`],
      ["mute", "#den", eveNick, "1h", `x${attack}`],
      ["ban", "#den", bobNick, `1h${attack}`],
      ["unban", "#den", `${bobNick}${attack}`],
      ["op", "#den", attack],
      ["room", "#den", attack, attack],
      ["invite", "#den", attack],
      ["search", "#den", `x${attack}`],
      ["history", "#den", attack],
      ["who", attack],
      ["delete", "#den", `x${attack}`],
      ["bans", "#den"],
      ["unmute", "#den", eveNick],
      ["unban", "#den", bobNick],
      [`c${attack}`.slice(0, 30)],
    ] as const) {
      expect(drivesTerminal(await ask(ada, command, ...argv)), command).toBe(false);
    }
    text.send(`x${attack}`);
    await ask(ada, "say", "#den", "the end");
    await text.sees(/the end/);
    expect(drivesTerminal(text.received.join("").replaceAll("\n", ""))).toBe(false);
    expect(drivesTerminal(everything(bob))).toBe(false);
    expect(drivesTerminal(everything(ada))).toBe(false);
  });
});

describe("hostile 27, 28: a nickname that looks like another, or like nothing, is refused", () => {
  test.each([
    ["another's, in Cyrillic", "аda"],
    ["another's, in capitals", "ADA"],
    ["another's, full-width", "ａｄａ"],
    ["a Greek alpha", "αda"],
    ["a right-to-left override", "\u202eada"],
    ["a zero-width space", "a\u200bda"],
    ["a zero-width joiner", "a\u200dda"],
    ["a soft hyphen", "a\u00adda"],
    ["a tag", "ada\u{e0061}"],
    ["a Hangul filler", "\u3164"],
    ["a braille blank", "\u2800"],
    ["stacked marks", "z\u0300\u0301\u0302\u0303"],
    ["a lone combining mark", "\u0301"],
    ["a line end", "ada\nroot"],
    ["NUL", "ada\u0001"],
    ["a guest's sign", "~ada"],
    ["the hub's own", "server"],
  ])("%s", async (_what, nick) => {
    await using eve = await enter("eve27");
    await ask(eve, "nick", nick);
    const who = await ask(eve, "who", "den");
    expect(who).toMatch(/\beve27\b/);
    await using text = await openUdpPeer(hub.port());
    await text.ask(`online ${nick}`);
    await text.ask("offline");
    expect(text.received[0]).not.toMatch(/^You are online as ~?ada/);
  });
});

test("hostile 29: CR, LF and NUL in what is said make no second line", async () => {
  await using text = await openUdpPeer(hub.port());
  await text.ask("online frank");
  await text.ask("/join den");
  await ask(ada, "say", "#den", "first\r\nada: second\nthird\u2028fourth");
  expect(await text.sees(/first/)).toMatch(/first ada: second third fourth\n$/);
});

test("hostile 30: lone surrogates and overlong UTF-8 are no text", async () => {
  await using text = await openUdpPeer(hub.port());
  await text.ask("online grace");
  await text.ask("/join den");
  for (const bytes of [
    [0x61, 0xed, 0xa0, 0x80, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61],
    [0xc0, 0xaf, ...Buffer.from("long enough")],
  ])
    expect(await text.ask(Uint8Array.from(bytes))).toBe("not UTF-8\n");
  await ask(ada, "say", "#den", "half \ud800 pair");
  expect(await text.sees(/half/)).toContain("half \ufffd pair");
});

test("hostile 31: nobody imitates the room's own lines, or another's", async () => {
  await using text = await openUdpPeer(hub.port());
  await text.ask("online heidi");
  await text.ask("/join den");
  for (const forged of [
    "* server: restart",
    "[#den] ada: I said",
    "ada edited: x",
    "* ada deleted a message",
  ])
    text.send(forged);
  await text.sees(/deleted a message/);
  const lines = text.received.filter((line) => /restart|I said|edited: x|deleted a/.test(line));
  expect(lines).toHaveLength(4);
  for (const line of lines) expect(line).toMatch(/^\[#den\] ~heidi: /);
});

test("hostile 32: what people write makes no line of the log", async () => {
  await using bob = await enter("ivan");
  await ask(ada, "kick", "#den", "ivan", 'x"}\n{"level":60,"msg":"forged"}');
  await until("the kick in the log", () => hub.log.some((line) => line.includes("kicked by ada")));
  for (const line of hub.log) expect(JSON.parse(line)).not.toMatchObject({ msg: "forged" });
  expect(hub.log.filter((line) => line.includes("forged"))).toHaveLength(1);
  await bob.next("part");
});

test("hostile 47: a session says nothing in a room that it is not in, nor as somebody else", async () => {
  await using eve = await connectSession(hub.port());
  eve.control({ type: "join", room: "lobby" });
  await eve.next("joined");
  for (const line of [["say"], ["me"], ["reply"], ["edit"], ["react"], ["topic"], ["history"], ["search"]])
    expect(await ask(eve, line[0]!, "#den", "x"), line[0]).toContain("You are not in #den");
  for (const line of ["kick", "ban", "mute", "unban", "op", "deop", "room"])
    expect(await ask(eve, line, "#den", "ada", "x"), line).toMatch(/^Only the (operators|owner) of #den/);
});
