import { Refusal, type RoomMessage } from "@palaver/plugin-api";
import { expect, test } from "vitest";
import { messageRecord } from "../../src/users/published-message.ts";
import { checkedMessage } from "../../src/users/check-message.ts";
import { checkRoomName } from "../../src/users/room-name.ts";

const message: RoomMessage = { room: "lobby", seq: 1, at: 1, from: "ada", kind: "say", text: "hi" };
const check = (part: object) => () => checkedMessage({ ...message, ...part });

test("the longest that a message may be is encoded, and one byte more is refused to whoever said it", () => {
  const longest = {
    room: "名".repeat(21),
    seq: Number.MAX_SAFE_INTEGER,
    from: "名".repeat(21),
    text: "名".repeat(1365),
    to: "x".repeat(64),
    target: 3,
    mentions: Array.from({ length: 20 }, () => "x".repeat(64)),
  };
  expect(messageRecord(check(longest)()).length).toBeGreaterThan(5000);
  for (const part of [
    { text: "x".repeat(4097) },
    { text: "名".repeat(1366) },
    { from: "x".repeat(65) },
    { to: "名".repeat(22) },
    { mentions: ["x".repeat(65)] },
  ])
    expect(check(part)).toThrow(expect.objectContaining({ name: "Refusal", code: "TOO_LARGE" }));
});

test.for([
  { seq: 10n },
  { seq: -1 },
  { seq: 2 ** 60 },
  { seq: 0.5 },
  { at: new Date() },
  { at: Number.NaN },
  { kind: "shout" },
  { text: 5 },
  { from: undefined },
  { target: "1" },
  { editedAt: Infinity },
  { mentions: [5] },
  { mentions: "abc" },
  { mentions: null },
  { to: null },
])("what is no message is the plugin's fault, which is told what a message has: %o", (part) => {
  expect(check(part)).toThrow(TypeError);
  expect(check(part)).toThrow(/^a message/);
});

test("nothing of what controls a terminal is left", () => {
  const { from, text } = check({ from: "a\u001b[2Jda", text: "x\r\n~bob: hi\u202e" })();
  expect(`${from} ${text}`).not.toMatch(/\p{C}/u);
});

test("a room's name cannot be taken for anything else where it is shown", () => {
  for (const name of ["lobby", "名", "käse-2_b", "x".repeat(64)])
    expect(() => checkRoomName(name)).not.toThrow();
  for (const name of ["", "bad room!!", "r\n~bob: hi", "../x", "Lobby", "名".repeat(22), 5, undefined])
    expect(() => checkRoomName(name as string)).toThrow(Refusal);
});
