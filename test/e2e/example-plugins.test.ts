import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBlocks } from "../docs/blocks.ts";
import { smallDictionary, startHub } from "./hub-process.ts";
import { palaverd, runCommand } from "./program.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { openUdpPeer } from "./text-peer.ts";

const repository = join(import.meta.dirname, "../..");
const examples = join(repository, "examples/plugins");

test("the examples' own tests pass", async () => {
  const { code, stdout, stderr } = await runCommand(palaverd, ["plugin", "test", examples]);
  expect(stdout + stderr).toMatch(/tests 1[7-9]|tests [2-9]\d/);
  expect(stdout + stderr).toContain("fail 0");
  expect(code).toBe(0);
});

test("a hub runs the examples as their page configures them", async () => {
  using folder = createTemporaryFolder();
  folder.write("weather.txt", "Oslo: -3 °C, snow\n");
  folder.write("words.txt", "palaver: a long talk\n");
  const page = readBlocks(readFileSync(join(examples, "README.md"), "utf8"));
  const config = page
    .filter(({ language }) => language === "toml")
    .map(({ text }) => text)
    .join("\n")
    .replaceAll("./examples/plugins", examples);
  await using hub = await startHub({ folder, config: smallDictionary + config });
  await using ada = await openUdpPeer(hub.listeners[0]?.port ?? 0);
  expect(await ada.ask("roll 1d6\n")).toMatch(/^[1-6] = [1-6]\n$/);
  expect(await ada.ask("weather oslo\n")).toBe("-3 °C, snow\n");
  expect(await ada.ask("word\n")).toBe("palaver: a long talk\n");
  expect(await ada.ask("link hello\n")).toBe("HELLO\n");
  expect(await ada.ask("poll\n")).toMatch(/^There is no poll/);
  expect(await ada.ask("remind 1 x\n")).toMatch(/^I remind only who is online/);

  ada.send("online ada\n");
  await ada.sees(/Word of the day: palaver: a long talk\n/);
  ada.send("/poll Lunch? | soup | salad\n");
  await ada.sees(/2 salad: 0/);
  ada.send("/remind 0 stand up\n");
  await ada.sees(/Reminder: stand up/);
});
