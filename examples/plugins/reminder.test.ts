import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestHub } from "@palaver/plugin-api/testing";
import reminder from "./reminder.ts";

test("reminds after the minutes have passed, and only once", async () => {
  await using hub = await createTestHub(reminder);
  const ada = hub.as("ada");
  assert.deepEqual(await ada.send("/remind 10 tea is ready"), ["I will remind you in 10 min."]);
  await hub.advance(9 * 60_000);
  assert.deepEqual(ada.inbox, []);
  await hub.advance(2 * 60_000);
  assert.deepEqual(ada.inbox, ["Reminder: tea is ready"]);
});

test("who is away at the time is reminded on coming back, also after a restart", async () => {
  await using hub = await createTestHub(reminder, { capabilities: { storage: "real" } });
  await hub.as("ada").send("/remind 10 stand up");
  hub.as("ada").leave();
  await hub.advance(11 * 60_000);
  await hub.reload();
  assert.deepEqual(hub.as("ada").inbox, ["Reminder: stand up"]);
  await hub.reload();
  await hub.advance(60_000);
  assert.deepEqual(hub.as("ada").inbox, ["Reminder: stand up"]);
});

test("guests, who acknowledge nothing, are reminded once as well", async () => {
  await using hub = await createTestHub(reminder);
  const bob = hub.as("~bob");
  await bob.send("/remind 10 tea is ready");
  await hub.advance(20 * 60_000);
  assert.deepEqual(bob.inbox, ["Reminder: tea is ready"]);
});

test("refuses strangers, long waits and too many", async () => {
  await using hub = await createTestHub(reminder, { config: { max_minutes: 60 } });
  assert.deepEqual(await hub.stranger().send("remind 1 x"), ["I remind only who is online. Send: online"]);
  const ada = hub.as("ada");
  assert.match((await ada.send("/remind 61 x")).join(), /^minutes: .*60/);
  for (let number = 0; number < 20; number++) await ada.send(`/remind 5 number ${number}`);
  assert.deepEqual(await ada.send("/remind 5 more"), ["You have 20 reminders waiting already."]);
});
