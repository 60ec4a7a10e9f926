// Look-ups as in lookup.ts, asked by 16 sockets, of a hub with one thread, with one, two and more workers, in turn. The load
// tool takes a part of the same cores. Usage: node bench/workers.ts [ROUNDS] [SECONDS] [WORKERS…]   (default 5 2 1 2)
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { startHubProcess } from "./hub-process.ts";
import { compileReference, cpuSeconds, median } from "./reference.ts";

const wordCount = 10_000;
const sockets = 16;
const outstanding = 256;
const [rounds = 5, seconds = 2, ...given] = process.argv.slice(2).map(Number);
const counts = given.length > 0 ? given : [1, 2];

const folder = mkdtempSync(join(tmpdir(), "palaver-workers-"));
const words = join(folder, "words.txt");
writeFileSync(words, Array.from({ length: wordCount }, (_, i) => `word${i}:译文${i}\n`).join(""));
const load = compileReference("lookup-load");
await using things = new AsyncDisposableStack();
things.defer(() => rmSync(folder, { recursive: true, force: true }));

const dict = `[plugins.dict]\nfiles = ["${words}"]\necdict = false\ncedict = false\n`;
const hubs = [];
for (const count of counts) {
  const hub = things.use(await startHubProcess(dict, ["udp://127.0.0.1:0=dict", "--workers", String(count)]));
  hubs.push({ count, ...hub, rates: [] as number[], cpus: [] as number[] });
}
const ask = (port: number, forSeconds: number) =>
  JSON.parse(
    execFileSync(load, [port, words, outstanding, forSeconds, sockets].map(String), { encoding: "utf8" }),
  ) as { readonly answered: number; readonly wrong: number; readonly lost: number; readonly seconds: number };

for (const { port } of hubs) ask(port, Math.min(2, seconds));
for (let round = 0; round < rounds; round++) {
  for (const { count, port, child, rates, cpus } of hubs) {
    const before = cpuSeconds(child, false);
    const result = ask(port, seconds);
    const used = cpuSeconds(child, false) - before;
    if (result.wrong > 0 || result.lost > 0) process.stdout.write(`${count}: ${JSON.stringify(result)}\n`);
    rates.push(result.answered / result.seconds);
    cpus.push((used / result.answered) * 1e6);
  }
}
process.stdout.write(`${availableParallelism()} cores\nworkers   answers/s   CPU each   memory\n`);
for (const { count, rates, cpus, rssBytes } of hubs) {
  const memory = `${Math.round(rssBytes() / 1024 / 1024)} MiB`;
  process.stdout.write(
    `${String(count).padStart(7)}${median(rates).toFixed(0).padStart(12)}${median(cpus).toFixed(2).padStart(8)} µs   ${memory}\n`,
  );
}
