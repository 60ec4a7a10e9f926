import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { joined } from "../../packages/server/test/sessions/session-client.ts";
import { readBlocks } from "../docs/blocks.ts";
import { requestAndVanish } from "../last-request.ts";
import { smallDictionary, startHub } from "./hub-process.ts";
import { palaverd, runCommand } from "./program.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { openUdpPeer } from "./text-peer.ts";
import { until } from "./until.ts";

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

test("a reminder that went to a client that was killed is kept for the next one, until that has it", async () => {
  using folder = createTemporaryFolder();
  const grant = `grant = ["storage", "users"]`;
  const config = `${smallDictionary}[plugins.reminder]\nfrom = "${join(examples, "reminder.ts")}"\n${grant}\n`;
  await using hub = await startHub({ folder, config });
  const [port, bobKey] = [hub.port("udp"), randomBytes(32)];
  const killed = (await joined(port, "bob", bobKey)).client;
  await requestAndVanish(killed, port, "remind", ["0", "stand up"]);
  using reminders = new DatabaseSync(join(hub.data, "plugins/reminder/reminders.db"), { readOnly: true });
  const sentTo = reminders.prepare("SELECT client FROM reminders LEFT JOIN sent USING (id)");
  await until("it was sent", () => typeof sentTo.get()?.["client"] === "string");
  await using next = (await joined(port, "bob", bobKey)).client;
  const heard = () =>
    next.heard.filter(({ message }) => "text" in message && message.text === "Reminder: stand up");
  await until(
    "the next client is reminded, and nothing is kept",
    () => heard().length > 0 && sentTo.all().length === 0,
  );
  expect(heard()).toHaveLength(1);
});
