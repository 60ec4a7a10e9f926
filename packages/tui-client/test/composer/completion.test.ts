import { expect, test } from "vitest";
import { completeDraft } from "../../src/composer/completion.ts";

const vocabulary = {
  commands: ["join", "rooms", "run", "quit"],
  nicks: ["alice", "Albert", "小明", "bob"],
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
