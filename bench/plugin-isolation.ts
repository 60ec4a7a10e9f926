// How long others wait for an answer while a stranger's plugin misbehaves, beside a quiet hub: p99 of echo, and the
// ratio of the two. pnpm bench plugin-isolation [SECONDS]
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { startHubProcess } from "./hub-process.ts";

const seconds = Number(process.argv[2] ?? 5);
const perSecond = 500;
const stranger = new URL("../packages/server/test/fixtures/plugins/stranger.ts", import.meta.url).pathname;
const others = ["dict", "exec", "chat"].map((name) => `[plugins.${name}]\nenabled = false\n`).join("");

const misdeeds = {
  none: ["throws", "rejects", "never", "rubbish", "floods"],
  worker: ["throws", "rejects", "never", "rubbish", "floods", "loops", "allocates", "buffers", "prototypes"],
} as const;

for (const isolate of ["none", "worker"] as const) {
  for (const misdeed of misdeeds[isolate]) {
    // A hub of its own for each, so that no breaker is open yet.
    await using hub = await startHubProcess(
      `${others}[plugins.stranger]\nfrom = "${stranger}"\ngrant = "all"\nisolate = "${isolate}"\n`,
    );
    await measure(hub.port, 1);
    const quiet = await measure(hub.port, seconds);
    const over = new AbortController();
    const misbehaving = misbehave(hub.port, misdeed, over.signal);
    const beside = await measure(hub.port, seconds);
    over.abort();
    await misbehaving;
    const ratio = (beside.p99Ms / quiet.p99Ms).toFixed(2);
    process.stdout.write(
      `${isolate.padEnd(6)} ${misdeed.padEnd(10)} quiet p99 ${quiet.p99Ms.toFixed(2)} ms  ` +
        `beside p99 ${beside.p99Ms.toFixed(2)} ms  ratio ${ratio}  lost ${beside.lost}\n`,
    );
  }
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
async function measure(port: number, forSeconds: number): Promise<{ p99Ms: number; lost: number }> {
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
  tookMs.sort((one, other) => one - other);
  return { p99Ms: tookMs[Math.floor(tookMs.length * 0.99)] ?? Infinity, lost: sentAtMs.size };
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}
