import { encodeControl } from "@palaver/protocol";
import { expect, test } from "vitest";
import { joinedMembers } from "../../src/sessions/joined-members.ts";

const joined = (members: ReturnType<typeof joinedMembers>) =>
  encodeControl({ type: "joined", room: "x".repeat(64), stream: 4096, seq: 1e15, members });

test("of a thousand people with the longest names as many are told as a record holds", () => {
  const nicks = Array.from(
    { length: 1000 },
    (_, number) => "名".repeat(20) + String.fromCodePoint(0x4e00 + number),
  );
  const members = joinedMembers(nicks);
  expect(members.length).toBeGreaterThan(500);
  expect(members.map(({ nick }) => nick)).toEqual(nicks.slice(0, members.length));
  expect(joined(members).length).toBeLessThanOrEqual(65_536);
});

test("each name once, and a thousand at most", () => {
  expect(joinedMembers(["ada", "bob", "ada"])).toEqual([
    { nick: "ada", state: "online" },
    { nick: "bob", state: "online" },
  ]);
  expect(joinedMembers(Array.from({ length: 2000 }, (_, number) => `user${number}`))).toHaveLength(1000);
});
