import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestHub } from "@palaver/plugin-api/testing";
import wordOfTheDay from "./word-of-the-day.ts";

const files = { "words.txt": "palaver: a long talk\n\nserendipity: luck in finding\n" };

test("everybody has the same word until midnight, and then the next", async () => {
  await using hub = await createTestHub(wordOfTheDay, { files, now: "2026-03-01T23:00:00Z" });
  const word = await hub.as("ada").send("/word");
  await hub.advance(3_599_000);
  assert.deepEqual(await hub.as("bob").send("/word"), word);
  await hub.advance(1000);
  assert.notDeepEqual(await hub.as("bob").send("/word"), word);
  await hub.advance(86_400_000);
  assert.deepEqual(await hub.as("bob").send("/word"), word);
});

test("who comes online is told", async () => {
  await using hub = await createTestHub(wordOfTheDay, { files });
  const ada = hub.as("ada");
  assert.equal(ada.inbox.length, 1);
  assert.match(ada.inbox.join(), /^Word of the day: \w+: /);
});

test("a list without words is refused", async () => {
  await assert.rejects(
    createTestHub(wordOfTheDay, { files: { "words.txt": "\n\n" } }),
    /word-of-the-day failed in setup: .*words\.txt has no words; write one a line/,
  );
});
