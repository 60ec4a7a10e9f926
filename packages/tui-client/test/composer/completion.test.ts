import { expect, test } from "vitest";
import { completeDraft } from "../../src/composer/completion.ts";

const vocabulary = {
  commands: [
    { name: "join", usage: "<room>" },
    { name: "rooms", usage: "" },
    { name: "run", usage: "<name> [args…]" },
    { name: "quit", usage: "" },
    { name: "disk", usage: "<path: /|/tmp> [how]" },
    { name: "msg", usage: "<nick> <text>" },
  ],
  nicks: ["alice", "Albert", "小明", "bob", "~guest7", "𠀀一", "𠀁二"],
  rooms: ["lobby", "dev"],
};

test.each([
  ["/q|", "/quit |"],
  ["/jo| rest", "/join | rest"],
  ["/r|", "/r|"],
  ["bo|", "bob: |"],
  ["hi bo|", "hi bob |"],
  ["小|", "小明: |"],
  ["AL|", "AL|"],
  ["see #de|", "see #dev |"],
  ["/join lo|", "/join lobby |"],
  ["/disk /t|", "/disk /tmp |"],
  ["/msg bo|", "/msg bob |"],
  ["ask @小|", "ask @小明 |"],
  ["gue|", "~guest7: |"],
  ["hi ~gu|", "hi ~guest7 |"],
  ["ask @gue|", "ask @~guest7 |"],
  ["ask @𠀀|", "ask @𠀀一 |"],
  ["say /q| ", undefined],
  ["zzz|", undefined],
  ["|", undefined],
])("%j becomes %j", (before, expected) => {
  const cursor = before.indexOf("|");
  const done = completeDraft(before.replace("|", ""), cursor, vocabulary);
  expect(done && `${done.text.slice(0, done.cursor)}|${done.text.slice(done.cursor)}`).toBe(expected);
});

test("choices are told when several fit", () => {
  expect(completeDraft("/r", 2, vocabulary)?.choices).toEqual(["/rooms", "/run"]);
  expect(completeDraft("al", 2, vocabulary)?.choices).toEqual(["alice", "Albert"]);
});

test("what two have in common is never half a character", () => {
  const nicks = ["x𠀀", "x𠀁"];
  expect(completeDraft("@x", 2, { ...vocabulary, nicks })?.text).toBe("@x");
});
