// Delivery on a bad link: 20 receivers and one sender, each behind its own lossy proxy with 20 ms one way (40 ms is
// the floor for a message, which crosses two links), 20 messages a second.
// Usage: node bench/loss.ts [--seconds SECONDS] [LOSS…]   (default --seconds 20 0 0.1 0.3)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { connect } from "../packages/client/dist/index.js";
import { createLossyProxy } from "../test/lossy-proxy.ts";
import { readArguments, refuse } from "./arguments.ts";
import { startHubProcess } from "./hub-process.ts";

const receivers = 20;
const perSecond = 20;
const drainMs = 10_000;
const host = "127.0.0.1";

const { values, positionals } = readArguments(process.argv.slice(2), {
  seconds: { type: "string", default: "20" },
});
const seconds = Number(values.seconds);
if (!(seconds > 0)) refuse(`--seconds is a number above 0, not ${JSON.stringify(values.seconds)}`);
const losses = positionals.map(Number);
for (const loss of losses.length > 0 ? losses : [0, 0.1, 0.3]) {
  await using hub = await startHubProcess(
    "[limits]\nhandshakes_per_second = 1000\n[plugins.dict]\nenabled = false\n",
  );
  const folder = mkdtempSync(join(tmpdir(), "palaver-loss-"));
  await using links = new AsyncDisposableStack();
  const join1 = async (name: string, seed: number) => {
    const link = links.use(
      await createLossyProxy({ targetPort: hub.port, seed, conditions: { delayMs: 20 } }),
    );
    const configDir = join(folder, name);
    const connection = links.use(connect({ host, port: link.port, nick: name, configDir, outbox: false }));
    await connection.join("lobby", { since: 0 });
    return { link, connection };
  };
  const latenciesMs: number[] = [];
  const sentAtMs = new Map<string, number>();
  const ears = await Promise.all(
    Array.from({ length: receivers }, (_, index) => join1(`ear${index}`, index + 1)),
  );
  for (const { connection } of ears) {
    connection.on("message", ({ kind, text }) => {
      const at = sentAtMs.get(text);
      if (kind === "say" && at !== undefined) latenciesMs.push(performance.now() - at);
    });
  }
  const mouth = await join1("mouth", 1000);
  await wait(1000);
  for (const { link } of [...ears, mouth]) link.conditions = { ...link.conditions, loss };
  const total = perSecond * seconds;
  for (let number = 0; number < total; number++) {
    const text = `message ${number} ${"x".repeat(40)}`;
    sentAtMs.set(text, performance.now());
    mouth.connection.say("lobby", text).catch(() => {});
    await wait(1000 / perSecond);
  }
  const until = performance.now() + drainMs;
  while (latenciesMs.length < total * receivers && performance.now() < until) await wait(50);
  latenciesMs.sort((one, other) => one - other);
  const at = (share: number) =>
    latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(share * latenciesMs.length))];
  const within = latenciesMs.filter((latencyMs) => latencyMs <= 250).length / (total * receivers);
  const ms = (share: number) => `${at(share)?.toFixed(0)} ms`;
  console.log(
    `loss ${loss * 100} %: p50 ${ms(0.5)}, p99 ${ms(0.99)}, p99.9 ${ms(0.999)}, max ${ms(1)}; ` +
      `within 250 ms ${(within * 100).toFixed(2)} %, delivered ${((latenciesMs.length / total / receivers) * 100).toFixed(2)} %`,
  );
  await links.disposeAsync();
  rmSync(folder, { recursive: true, force: true });
}
