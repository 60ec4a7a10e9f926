import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "../../packages/client/src/index.ts";
import { hear, makeConfigDir } from "../../packages/client/test/client-harness.ts";
import { startHub } from "../../packages/server/test/hub-harness.ts";
import { startProgram } from "../e2e/program.ts";

const host = "127.0.0.1";
const bot = join(import.meta.dirname, "../../packages/client/examples/bot.ts");

test("the example bot answers what is said in its room", async () => {
  expect(readFileSync(bot, "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(15);
  await using harness = await startHub({ plugins: { chat: {} } });
  await using botDir = await makeConfigDir();
  await using adaDir = await makeConfigDir();
  await using parrot = startProgram(process.execPath, [bot, host, String(harness.port()), "lobby"], {
    env: { XDG_CONFIG_HOME: botDir.path },
  });
  await parrot.prints("parrot listens in #lobby\n");
  await using ada = connect({ host, port: harness.port(), nick: "ada", configDir: adaDir.path });
  const heard = hear(ada, "message");
  await ada.join("lobby");
  await ada.say("lobby", "hello");
  expect(await heard.until(({ from, kind }) => from === "parrot" && kind === "say")).toMatchObject({
    text: "ada said: hello",
  });
});
