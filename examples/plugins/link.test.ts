import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestHub } from "@palaver/plugin-api/testing";
import link from "./link.ts";

const config = { program: "/usr/bin/tr", args: ["a-z", "A-Z"] };

test("gives the text to the program, and its output back", async () => {
  await using hub = await createTestHub(link, { config, capabilities: { processes: "real" } });
  assert.equal((await hub.as("ada").send("/link hello; $(reboot)")).join(""), "HELLO; $(REBOOT)\n");
});

test("says how a program ended that did not end well", async () => {
  await using hub = await createTestHub(link, {
    config,
    programs: ({ input }) =>
      String(input) === "fail\n" ? { stderr: "no idea\n", status: 3 } : { takesMs: 3_600_000 },
  });
  const ada = hub.as("ada");
  assert.deepEqual(await ada.send("/link fail"), ["no idea\n", "It failed with status 3."]);
  const slow = ada.send("/link wait");
  await hub.advance(20_000);
  assert.deepEqual(await slow, ["It was ended (timeout)."]);
});

test("runs no more than four at once, and ends one whose caller leaves", async () => {
  await using hub = await createTestHub(link, { config, programs: () => ({ takesMs: 10_000 }) });
  const callers = ["ada", "bob", "carol", "dan"].map((nick) => hub.as(nick));
  for (const caller of callers) caller.send("/link wait");
  const eve = hub.as("eve");
  assert.deepEqual(await eve.send("/link wait"), ["It is busy; try again in a moment."]);
  callers[0]?.leave();
  await hub.advance(0);
  const call = eve.send("/link wait");
  await hub.advance(10_000);
  assert.deepEqual(await call, []);
});

test("takes no program without its whole path", async () => {
  await assert.rejects(
    createTestHub(link, { config: { program: "tr" } }),
    /program: must be an absolute path/,
  );
});
