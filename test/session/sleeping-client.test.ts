import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "../../packages/client/src/index.ts";
import { eventually, makeConfigDir } from "../../packages/client/test/client-harness.ts";
import { startHub } from "../../packages/server/test/hub-harness.ts";
import { createLossyProxy } from "../lossy-proxy.ts";

const host = "127.0.0.1";

test(
  "a client that slept and woke at another address has missed nothing and hears nothing twice",
  {
    timeout: 60_000,
  },
  async () => {
    await using harness = await startHub({ plugins: { chat: {} } });
    await using link = await createLossyProxy({ targetPort: harness.port(), seed: 1 });
    await using sleeperDir = await makeConfigDir();
    await using adaDir = await makeConfigDir();
    await using ada = connect({ host, port: harness.port(), nick: "ada", configDir: adaDir.path });
    await ada.join("lobby");

    const heard: { seq: number; text: string }[] = [];
    const sleeper = fork(join(import.meta.dirname, "fixtures/listener.ts"), [
      String(link.port),
      sleeperDir.path,
    ]);
    await once(sleeper, "message");
    sleeper.on("message", (message: { seq: number; text: string }) => void heard.push(message));
    await ada.say("lobby", "good night");
    await eventually(() => heard.length).toBe(1);

    sleeper.kill("SIGSTOP");
    const texts = Array.from({ length: 50 }, (_unused, i) => `while you slept ${i + 1}`);
    for (const text of texts) await ada.say("lobby", text);
    // The old mapping is gone: the next packet of the sleeper comes from somewhere else.
    link.conditions = { ...link.conditions, rebindEveryMs: 1 };
    sleeper.kill("SIGCONT");
    sleeper.send("good morning");
    await eventually(() => heard.at(-1)?.text).toBe("good morning");
    expect(heard.map(({ text }) => text)).toEqual(["good night", ...texts, "good morning"]);
    expect(link.rebinds).toBeGreaterThan(0);
    sleeper.kill();
    await once(sleeper, "exit");
  },
);
