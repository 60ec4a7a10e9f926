import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestHub } from "@palaver/plugin-api/testing";
import poll from "./poll.ts";

test("everybody is asked, votes once, and sees how it stands", async () => {
  await using hub = await createTestHub(poll);
  const [ada, bob, carol] = [hub.as("ada"), hub.as("bob"), hub.as("~carol")];
  assert.deepEqual(await ada.send("/poll Lunch? | soup | salad"), ["Lunch?\n1 soup: 0\n2 salad: 0"]);
  assert.deepEqual(bob.inbox, ["ada asks: Lunch?\n1 soup: 0\n2 salad: 0\nSend: /vote NUMBER"]);
  assert.deepEqual(ada.inbox, []);

  assert.deepEqual(await bob.send("/vote 1"), ["You voted for soup."]);
  assert.deepEqual(await bob.send("/vote 2"), ["You voted for salad."]);
  await carol.send("/vote 2");
  assert.deepEqual(await carol.send("/poll"), ["Lunch?\n1 soup: 0\n2 salad: 2"]);
});

test("refuses what makes no sense, and says what does", async () => {
  await using hub = await createTestHub(poll);
  const ada = hub.as("ada");
  assert.deepEqual(await ada.send("/vote 1"), ["There is no poll. Send: /poll Lunch? | soup | salad"]);
  assert.match((await ada.send("/poll Lunch?")).join(), /^Write a question and 2 to 9 choices/);
  await ada.send("/poll Lunch? | soup | salad");
  assert.deepEqual(await ada.send("/vote 3"), ["There are 2 choices."]);
  assert.deepEqual(await hub.stranger().send("vote 1"), ["Only who is online votes. Send: online"]);
});
