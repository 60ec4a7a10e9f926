// How long others wait for an answer while a stranger's plugin misbehaves: p99 of echo beside it, and before and after,
// when all is quiet. Usage: node bench/plugin-isolation.ts [SECONDS [ROUNDS [MISDEED…]]]   (default 5 3, all)
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startHubProcess } from "./hub-process.ts";

const [seconds, rounds] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 3)];
const only = process.argv.slice(4);
const perSecond = 500;
// The quiet halves differ by more than this where something else runs on the machine.
const noisy = 2;
const stranger = new URL("../packages/server/test/fixtures/plugins/stranger.ts", import.meta.url).pathname;
const others = ["dict", "exec", "chat", "files"]
  .map((name) => `[plugins.${name}]\nenabled = false\n`)
  .join("");
const logFile = join(mkdtempSync(join(tmpdir(), "palaver-isolation-")), "hubs.log");

const misdeeds = {
  none: ["throws", "rejects", "never", "rubbish", "floods"],
  worker: [
    "throws",
    "rejects",
    "never",
    "rubbish",
    "floods",
    "loops",
    "exits",
    "allocates",
    "buffers",
    "prototypes",
  ],
} as const;

interface Round {
  readonly quietMs: number;
  readonly besideMs: number;
  readonly ratio: number;
  readonly lost: number;
  readonly isNoisy: boolean;
}

const middle = (sorted: readonly Round[]) => sorted[sorted.length >> 1];
const table: string[] = [];
process.stdout.write(`load ${loadavg()[0]!.toFixed(1)}, hubs' log in ${logFile}\n`);
for (const isolate of ["none", "worker"] as const) {
  for (const misdeed of misdeeds[isolate]) {
    if (only.length > 0 && !only.includes(misdeed)) continue;
    process.stdout.write(`${isolate} ${misdeed}: ratio`);
    const results: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      const result = await play(isolate, misdeed);
      process.stdout.write(` ${result.ratio.toFixed(2)}${result.isNoisy ? "?" : ""}`);
      results.push(result);
    }
    process.stdout.write("\n");
    const { quietMs, besideMs, ratio } = middle(results.toSorted((one, other) => one.ratio - other.ratio))!;
    const lost = results.reduce((sum, result) => sum + result.lost, 0);
    const cells = [
      isolate,
      misdeed,
      `${quietMs.toFixed(2)} ms`,
      `${besideMs.toFixed(2)} ms`,
      ratio.toFixed(2),
      lost,
    ];
    table.push(`| ${cells.join(" | ")} |`);
  }
}
process.stdout.write(
  `\nThe round in the middle of ${rounds}; a "?" above: the machine was not quiet.\n` +
    "| isolate | misdeed | p99 quiet | p99 beside | ratio | lost |\n| --- | --- | --- | --- | --- | --- |\n" +
    `${table.join("\n")}\n`,
);

/** Quiet, beside, quiet; in a hub of its own, so that no breaker is open yet. */
async function play(isolate: string, misdeed: string): Promise<Round> {
  await using hub = await startHubProcess(
    `${others}[plugins.stranger]\nfrom = "${stranger}"\ngrant = "all"\nisolate = "${isolate}"\n`,
    undefined,
    logFile,
  );
  await measure(hub.port, 1);
  const before = await measure(hub.port, seconds / 2);
  const over = new AbortController();
  const misbehaving = misbehave(hub.port, misdeed, over.signal);
  const beside = await measure(hub.port, seconds);
  over.abort();
  await misbehaving;
  const after = await measure(hub.port, seconds / 2);
  const quietMs = p99([...before.tookMs, ...after.tookMs]);
  const halvesMs = [p99(before.tookMs), p99(after.tookMs)];
  const besideMs = p99(beside.tookMs);
  return {
    quietMs,
    besideMs,
    ratio: besideMs / quietMs,
    lost: before.lost + beside.lost + after.lost,
    isNoisy: Math.max(...halvesMs) > noisy * Math.min(...halvesMs),
  };
}

function p99(tookMs: readonly number[]): number {
  return tookMs.toSorted((one, other) => one - other)[Math.floor(tookMs.length * 0.99)] ?? Infinity;
}

/** Asks for it twice a second: the breaker opens on the way, as it would. */
async function misbehave(port: number, misdeed: string, signal: AbortSignal): Promise<void> {
  const socket = await openSocket();
  while (!signal.aborted) {
    socket.send(misdeed, port, "127.0.0.1");
    await wait(500, undefined, { signal }).catch(() => {});
  }
  socket.close();
}

/** Echoes at a steady rate; a request that got no answer within a second is lost. */
async function measure(
  port: number,
  forSeconds: number,
): Promise<{ readonly tookMs: readonly number[]; readonly lost: number }> {
  const socket = await openSocket();
  const sentAtMs = new Map<string, number>();
  const tookMs: number[] = [];
  socket.on("message", (bytes) => {
    const number = bytes.toString().trim();
    const sent = sentAtMs.get(number);
    if (sent !== undefined && sentAtMs.delete(number)) tookMs.push(performance.now() - sent);
  });
  const endMs = performance.now() + forSeconds * 1000;
  for (let number = 0; performance.now() < endMs; number++) {
    sentAtMs.set(String(number), performance.now());
    socket.send(`echo ${number}`, port, "127.0.0.1");
    await wait(1000 / perSecond);
  }
  await wait(1000);
  socket.close();
  return { tookMs, lost: sentAtMs.size };
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}
