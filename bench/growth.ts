// What an operation costs the hub while more and more peers are there, ten to a room: a look-up that one of them asks for,
// look-ups that all ask for in turn, a message delivered in one of the rooms while all others idle, somebody else who comes and
// goes; CPU without what the idle ones cost, which has a column of its own, and memory. The textbook C++ loop runs in turn with it: where its
// figure rises, the machine is what changed. Usage: node bench/growth.ts [ROUNDS] [SECONDS] [PEERS…]
//                                                   (default 5 2 10 100 1000 10000)
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { startHubProcess } from "./hub-process.ts";
import { compileReference, cpuSeconds, median, startReference } from "./reference.ts";

const wordCount = 10_000;

interface Step {
  readonly count: number;
  readonly one: number;
  readonly all: number;
  readonly delivery: number;
  readonly visit: number;
  readonly loop: number;
  readonly idle: number;
  readonly rssBytes: number;
  readonly lost: number;
}

const [rounds = 5, seconds = 2, ...given] = process.argv.slice(2).map(Number);
// V8 gives memory back only some time after the work is done.
const settleMs = seconds * 10_000;
const idleMs = settleMs / 2;
const counts = given.length > 0 ? given : [10, 100, 1000, 10_000];
const folder = mkdtempSync(join(tmpdir(), "palaver-growth-"));
const words = join(folder, "words.txt");
writeFileSync(words, Array.from({ length: wordCount }, (_, i) => `word${i}:译文${i}\n`).join(""));
const toml =
  "[limits]\npeers = 20000\nrooms = 5000\nhandshakes_per_second = 100000\n" +
  `[plugins.dict]\nfiles = ["${words}"]\necdict = false\ncedict = false\n`;
await using loop = await startReference(compileReference("lookup-loop"), words);

for (const kind of ["text peers", "sessions"]) {
  row(kind, [
    "one asks",
    "all in turn",
    "delivery",
    "a visit",
    "C++ look-up",
    "idle",
    "RSS",
    "each",
    "lost",
    "load",
  ]);
  const steps: Step[] = [];
  for (const count of counts) {
    const step = await measure(kind, count);
    steps.push(step);
    const first = steps[0]!;
    const micros = (figure: "one" | "all" | "delivery" | "visit" | "loop") =>
      Number.isNaN(step[figure])
        ? ""
        : `${step[figure].toFixed(1)} µs ${(step[figure] / first[figure]).toFixed(2)}×`;
    const eachKb = (step.rssBytes - first.rssBytes) / 1024 / (count - first.count);
    row(String(count), [
      ...(["one", "all", "delivery", "visit", "loop"] as const).map(micros),
      `${(step.idle * 1000).toFixed(1)} ms/s`,
      `${(step.rssBytes / 2 ** 20).toFixed(0)} MB`,
      step === first ? "" : `${eachKb.toFixed(1)} KB`,
      String(step.lost),
      loadavg()[0]!.toFixed(1),
    ]);
  }
}
rmSync(folder, { recursive: true, force: true });

async function measure(kind: string, count: number): Promise<Step> {
  await using hub = await startHubProcess(toml);
  const isText = kind === "text peers";
  const program = isText ? compileReference("growth-text") : process.execPath;
  const script = isText ? [] : [join(import.meta.dirname, "growth-sessions.ts")];
  const args = [...script, ...[hub.port, count, wordCount].map(String)];
  const peers = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: peers.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== "ready") throw new Error(`${kind}: nobody was let in`);

  await wait(settleMs - idleMs);
  const before = cpuSeconds(hub.child);
  await wait(idleMs);
  const idle = (cpuSeconds(hub.child) - before) / (idleMs / 1000);
  const rssBytes = hub.rssBytes();
  let lost = 0;
  /** @returns microseconds of the hub's CPU for each. */
  const run = async (what: string) => {
    const atStart = cpuSeconds(hub.child);
    peers.stdin.write(`${what} ${seconds}\n`);
    const { value } = await lines.next();
    const result = JSON.parse(String(value)) as { done: number; lost: number; seconds: number };
    lost += result.lost;
    return ((cpuSeconds(hub.child) - atStart - idle * result.seconds) / result.done) * 1e6;
  };
  const runLoop = () => {
    const atStart = cpuSeconds(loop.child);
    const load = [String(loop.port), words, "64", "1"];
    const { answered } = JSON.parse(
      execFileSync(compileReference("lookup-load"), load, { encoding: "utf8" }),
    ) as { answered: number };
    return ((cpuSeconds(loop.child) - atStart) / answered) * 1e6;
  };
  // Ten sessions ask as often as one text peer: a session may ask for so much and no more.
  const one = isText ? "ask 1" : `ask ${Math.min(10, count)}`;
  const figures = {
    one: [] as number[],
    all: [] as number[],
    delivery: [] as number[],
    visit: [] as number[],
    loop: [] as number[],
  };
  // Not counted: V8 compiles what is new.
  for (const what of [one, `ask ${count}`, "say"]) await run(what);
  for (let round = 0; round < rounds; round++) {
    figures.one.push(await run(one));
    figures.all.push(await run(`ask ${count}`));
    figures.delivery.push(await run("say"));
    // One in plain text may not come and go more than a few times a minute.
    if (!isText) figures.visit.push(await run("visit"));
    figures.loop.push(runLoop());
  }
  const ended = once(peers, "exit");
  peers.kill("SIGKILL");
  await ended;
  return {
    count,
    one: median(figures.one),
    all: median(figures.all),
    delivery: median(figures.delivery),
    visit: median(figures.visit),
    loop: median(figures.loop),
    idle,
    rssBytes,
    lost,
  };
}

function row(name: string, columns: readonly string[]): void {
  process.stdout.write(`${name.padEnd(12)}${columns.map((column) => column.padStart(16)).join("")}\n`);
}
