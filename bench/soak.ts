// A mixed load for MINUTES: look-ups over text, a room of 50 of whom five lose 5 % each way, sessions that come and go,
// commands, files. Every half minute what the hub's memory and everybody's waiting were; at the end whether they stayed. Of the
// memory that is what is alive when V8 was told to collect, half way and at the end: by itself it waits as long as there is room.
// Usage: node bench/soak.ts [MINUTES]   (default 10)
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { connect, getFile, putFile, removeFile, type Connection } from "../packages/client/dist/index.js";
import { createLossyProxy } from "../test/lossy-proxy.ts";
import { startHubProcess } from "./hub-process.ts";
import { readLiveMemory } from "./live-heap.ts";
import { freePort } from "./peers.ts";
import { median } from "./reference.ts";

const lookUpsPerSecond = 200;
const members = 50;
const lossy = 5;
const loss = 0.05;
const messagesPerSecond = 20;
const visitsPerSecond = 2;
const commandsPerSecond = 2;
const fileEveryMs = 10_000;
const fileBytes = 1 << 20;
// What grows by less than this from one half of the time to the other is flat; waiting scatters more.
const flatMemory = 1.05;
const flatWaiting = 1.25;
const shortest = 3;

const [minutes = 10] = process.argv.slice(2).map(Number);
const windowMs = Math.min(30_000, (minutes * 60_000) / 6);
const host = "127.0.0.1";
const folder = mkdtempSync(join(tmpdir(), "palaver-soak-"));
const words = join(folder, "words.txt");
writeFileSync(words, Array.from({ length: 10_000 }, (_, i) => `word${i}:译文${i}\n`).join(""));
await using things = new AsyncDisposableStack();
things.defer(() => rmSync(folder, { recursive: true, force: true }));
const metricsPort = await freePort();
const logFile = join(folder, "hub.log");
// For the hub that is started here.
process.env["NODE_OPTIONS"] = "--inspect-port=0";
const starting = startHubProcess(
  `metrics = "${host}:${metricsPort}"\n[limits]\nhandshakes_per_second = 1000\n` +
    `[plugins.dict]\nfiles = ["${words}"]\necdict = false\ncedict = false\n`,
  undefined,
  logFile,
);
const hub = things.use(await starting);

/** What was waited for, in milliseconds, since the last line. */
const waits = {
  "look-up": [] as number[],
  message: [] as number[],
  command: [] as number[],
  visit: [] as number[],
};
const problems = new Map<string, number>();
const over = new AbortController();
const jobs: Promise<void>[] = [];

/** Does something at a steady rate, also when the one before has not ended, and counts what goes wrong. */
function often(perSecond: number, act: (turn: number) => Promise<void> | void): void {
  jobs.push(
    (async () => {
      const start = performance.now();
      for (let turn = 0; !over.signal.aborted; turn++) {
        Promise.resolve(act(turn)).catch(failed);
        await wait(Math.max(1, start + ((turn + 1) / perSecond) * 1000 - performance.now()));
      }
    })(),
  );
}

function failed(error: unknown): void {
  if (over.signal.aborted) return;
  const text = error instanceof Error ? error.message : String(error);
  problems.set(text, (problems.get(text) ?? 0) + 1);
}

async function timed(into: number[], act: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await act();
  into.push(performance.now() - start);
}

// Look-ups, told apart by their word.
const asker = createSocket("udp4");
const askedAt = new Map<string, number>();
const listening = once(asker, "listening");
asker.bind(0, host);
await listening;
asker.on("message", (bytes) => {
  const [word = ""] = bytes.toString().split(" ");
  const at = askedAt.get(word);
  if (at !== undefined && askedAt.delete(word)) waits["look-up"].push(performance.now() - at);
});
const askWord = (turn: number) => {
  const word = `word${turn % 10_000}`;
  if (askedAt.delete(word)) failed(new Error("a look-up was not answered"));
  askedAt.set(word, performance.now());
  asker.send(`tr ${word}`, hub.port, host);
};

// A room, where each waits for everybody's messages.
const saidAt = new Map<string, number>();
const inRoom: Connection[] = [];
for (let index = 0; index < members; index++) {
  const conditions = { loss, delayMs: 10 };
  const link =
    index < lossy
      ? things.use(await createLossyProxy({ targetPort: hub.port, seed: index + 1, conditions }))
      : hub;
  const connection = connectAs(`member${index}`, link.port);
  await connection.join("room", { since: 0 });
  // Of those whose link is bad a message takes as long as the link has it.
  if (index >= lossy)
    connection.on("message", ({ text }) => {
      const at = saidAt.get(text);
      if (at !== undefined) waits.message.push(performance.now() - at);
    });
  inRoom.push(connection);
}
const speak = async (turn: number) => {
  const text = `message ${turn}, as long as people's are`;
  const speaker = inRoom[turn % members];
  if (turn % members >= lossy) saidAt.set(text, performance.now());
  await speaker!.say("room", text);
  await wait(5000);
  saidAt.delete(text);
};

const worker = connectAs("worker", hub.port);
await worker.ready();
const command = () => timed(waits.command, () => worker.run("run", ["date"]).status);
const visit = (turn: number) =>
  timed(waits.visit, async () => {
    const visitor = connectAs(`visitor${turn % 20}`, hub.port);
    await visitor.join("hall");
    await visitor.say("hall", `visit ${turn}`);
    await visitor.close();
  });
const file = join(folder, "file.bin");
writeFileSync(file, Buffer.alloc(fileBytes, "palaver"));
const exchange = async (turn: number) => {
  const stored = await putFile(worker, file);
  await getFile(worker, String(stored.file), { target: join(folder, `fetched${turn}`), force: true });
  rmSync(join(folder, `fetched${turn}`));
  await removeFile(worker, String(stored.file));
};

function connectAs(name: string, port: number): Connection {
  const connection = connect({ host, port, configDir: join(folder, name), outbox: false });
  connection.on("notice", ({ error }) => error && failed(error));
  return connection;
}

/** The hub's own figures, by name and labels. */
async function readFigures(): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`http://${host}:${metricsPort}/metrics`);
  const rows = (await response.text()).matchAll(/^(\w+(?:\{[^}]*\})?) (\S+)$/gm);
  return new Map(Array.from(rows, ([, name = "", value]) => [name, Number(value)]));
}

often(lookUpsPerSecond, askWord);
often(messagesPerSecond, speak);
often(commandsPerSecond, command);
often(visitsPerSecond, visit);
often(1000 / fileEveryMs, exchange);

interface Window {
  readonly rssMb: number;
  /** The least that was seen. */
  readonly heapMb: number;
  readonly p50Ms: Readonly<Record<string, number>>;
  readonly p99Ms: Readonly<Record<string, number>>;
}

const kinds = Object.keys(waits) as (keyof typeof waits)[];
const at = (sorted: readonly number[], share: number) =>
  sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
const windows: Window[] = [];
const live: Readonly<Record<string, number>>[] = [];
const readLive = async () => {
  const { heapUsed, arrayBuffers } = await readLiveMemory(hub.child.pid ?? 0, logFile);
  return { heap: heapUsed / 2 ** 20, buffers: arrayBuffers / 2 ** 20, RSS: hub.rssBytes() / 2 ** 20 };
};
row(["time", "RSS", "heap", ...kinds.map((kind) => `${kind} p50, p99`), "loop p99", "max", "load"]);
const start = performance.now();
for (let windowEnd = windowMs; windowEnd <= minutes * 60_000; windowEnd += windowMs) {
  let heapMb = Infinity;
  let loopP99Ms = 0;
  let loopMaxMs = 0;
  let rssMb = 0;
  while (performance.now() < start + windowEnd) {
    // The hub's report of its loop covers 5 s.
    await wait(Math.min(5000, start + windowEnd - performance.now()));
    const figures = await readFigures();
    const figure = (name: string) => figures.get(name) ?? Number.NaN;
    heapMb = Math.min(heapMb, figure("nodejs_heap_size_used_bytes") / 2 ** 20);
    rssMb = figure("process_resident_memory_bytes") / 2 ** 20;
    loopP99Ms = Math.max(loopP99Ms, figure('palaver_loop_delay_seconds{quantile="0.99"}') * 1000);
    loopMaxMs = Math.max(loopMaxMs, figure('palaver_loop_delay_seconds{quantile="1"}') * 1000);
  }
  const sorted = kinds.map(
    (kind) => [kind, waits[kind].splice(0).toSorted((one, other) => one - other)] as const,
  );
  const share = (part: number) => Object.fromEntries(sorted.map(([kind, times]) => [kind, at(times, part)]));
  // What is kept for a time, answers to calls for five minutes, is all there by then.
  if (windows.length === Math.floor((minutes * 60_000) / windowMs / 2)) live.push(await readLive());
  const window = { rssMb, heapMb, p50Ms: share(0.5), p99Ms: share(0.99) };
  windows.push(window);
  row([
    `${(windowEnd / 60_000).toFixed(1)} min`,
    `${rssMb.toFixed(1)} MB`,
    `${heapMb.toFixed(1)} MB`,
    ...kinds.map((kind) => `${window.p50Ms[kind]?.toFixed(1)}, ${window.p99Ms[kind]?.toFixed(1)} ms`),
    `${loopP99Ms.toFixed(1)} ms`,
    `${loopMaxMs.toFixed(1)} ms`,
    loadavg()[0]!.toFixed(1),
  ]);
}
over.abort();
for (const [text, count] of problems) process.stdout.write(`${count} times: ${text}\n`);
if (problems.size === 0) process.stdout.write("Everything was answered.\n");
if (minutes < shortest) process.stdout.write(`Less than ${shortest} minutes say little of what stays:\n`);
live.push(await readLive());
const [half, end] = live;
for (const [name, megabytes] of Object.entries(half ?? {}))
  judge(`${name}, when collected`, "MB", megabytes, end?.[name] ?? Number.NaN, flatMemory);
const middleOf = (part: readonly Window[], read: (window: Window) => number | undefined) =>
  median(part.map((window) => read(window) ?? Number.NaN));
const [before, after] = [windows.slice(0, windows.length / 2), windows.slice(windows.length / 2)];
for (const kind of kinds) {
  const [first, last] = [before, after].map((part) => middleOf(part, ({ p50Ms }) => p50Ms[kind]));
  judge(`${kind}, p50`, "ms", first, last, flatWaiting);
}
for (const kind of kinds) {
  const [first, last] = [before, after].map((part) => middleOf(part, ({ p99Ms }) => p99Ms[kind]));
  judge(`${kind}, p99`, "ms", first, last, flatWaiting);
}
await Promise.all(jobs);
asker.close();
await Promise.all([...inRoom, worker].map((connection) => connection.close()));

/** The second half of the time beside the first. */
function judge(name: string, unit: string, first = Number.NaN, last = Number.NaN, flat: number): void {
  const ratio = last / first;
  const verdict = minutes < shortest ? "" : ratio <= flat ? ": flat" : ": NOT FLAT";
  const slope = (last - first) / (minutes / 2);
  process.stdout.write(
    `${name.padEnd(24)}${first.toFixed(1)} → ${last.toFixed(1)} ${unit}, ${ratio.toFixed(2)} ×, ` +
      `${slope.toFixed(2)} ${unit} a minute${verdict}\n`,
  );
}

function row(columns: readonly string[]): void {
  process.stdout.write(
    `${columns
      .map((column) => column.padEnd(20))
      .join("")
      .trimEnd()}\n`,
  );
}
