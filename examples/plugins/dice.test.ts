import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestHub } from "@palaver/plugin-api/testing";
import dice from "./dice.ts";

test("rolls as many dice as it is asked to, and adds them up", async () => {
  await using hub = await createTestHub(dice);
  const call = hub.as("ada").send("/roll 3d6");
  assert.match((await call).join("\n"), /^[1-6] \+ [1-6] \+ [1-6] = \d+$/);
  const [reply] = call.replies;
  assert.ok(typeof reply === "object" && "data" in reply);
  const { rolled, sum } = reply.data as { rolled: number[]; sum: number };
  assert.equal(
    rolled.reduce((total, points) => total + points, 0),
    sum,
  );
});

test("says how dice are written", async () => {
  await using hub = await createTestHub(dice);
  const [answer] = await hub.as("ada").send("/roll 2x6");
  assert.equal(answer, "dice: write 2d6 for two dice of six sides; at most 20d999. Usage: roll [dice…]");
});

test("rests for a while after thirty rolls", async () => {
  await using hub = await createTestHub(dice);
  const ada = hub.as("ada");
  for (let rolls = 0; rolls < 30; rolls++) assert.equal((await ada.send("/roll")).length, 1);
  assert.deepEqual(await ada.send("/roll"), ["roll was called too often; wait a little."]);
  await hub.advance(60_000);
  assert.match((await ada.send("/roll")).join(), /^\d = \d$/);
});
