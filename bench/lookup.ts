// Look-ups of 10,000 words over text, 64 outstanding, one server at a time in turn: the hub's dict mount beside the
// textbook C++ loop and bare node:dgram. Usage: node bench/lookup.ts [ROUNDS] [SECONDS]   (default 5 2)
import { execFileSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startHubProcess } from "./hub-process.ts";
import { compileReference, cpuSeconds, median, referenceScript, startReference } from "./reference.ts";

const wordCount = 10_000;
const outstanding = 64;
const textbook = "C++ recvfrom, unordered_map, sendto";
const [rounds = 5, seconds = 2] = process.argv.slice(2).map(Number);

interface Load {
  readonly answered: number;
  readonly wrong: number;
  readonly lost: number;
  readonly seconds: number;
}

const folder = mkdtempSync(join(tmpdir(), "palaver-lookup-"));
const words = join(folder, "words.txt");
writeFileSync(words, Array.from({ length: wordCount }, (_, i) => `word${i}:译文${i}\n`).join(""));

const load = compileReference("lookup-load");
await using loop = await startReference(compileReference("lookup-loop"), words);
await using dgram = await startReference(process.execPath, referenceScript("dgram-loop"), words);
const dict = `[plugins.dict]\nfiles = ["${words}"]\necdict = false\ncedict = false\n`;
await using hub = await startHubProcess(dict, ["udp://127.0.0.1:0=dict"]);
await using portable = await startHubProcess(dict, ["udp://127.0.0.1:0=dict", "--io", "dgram"]);

const servers: readonly (readonly [
  name: string,
  server: { readonly port: number; readonly child: ChildProcess },
])[] = [
  [textbook, loop],
  ["bare node:dgram", dgram],
  ["palaver", hub],
  ["palaver --io dgram", portable],
];
const figures = new Map(servers.map(([name]) => [name, { rates: [] as number[], cpus: [] as number[] }]));

function run(port: number, forSeconds: number): Load {
  const args = [String(port), words, String(outstanding), String(forSeconds)];
  return JSON.parse(execFileSync(load, args, { encoding: "utf8" })) as Load;
}

for (const [, { port }] of servers) run(port, 2);
for (let round = 0; round < rounds; round++) {
  for (const [name, { port, child }] of servers) {
    const before = cpuSeconds(child);
    const result = run(port, seconds);
    const used = cpuSeconds(child) - before;
    if (result.wrong > 0 || result.lost > 0) process.stdout.write(`${name}: ${JSON.stringify(result)}\n`);
    figures.get(name)?.rates.push(result.answered / result.seconds);
    figures.get(name)?.cpus.push((used / result.answered) * 1e6);
  }
}
const reference = figures.get(textbook);
process.stdout.write(`${"".padEnd(38)}answers/s   CPU each   beside C++\n`);
for (const [name, { rates, cpus }] of figures) {
  const rate = median(rates);
  const ratio = median(rates.map((one, round) => one / (reference?.rates[round] ?? Number.NaN)));
  process.stdout.write(
    `${name.padEnd(38)}${rate.toFixed(0).padStart(9)}   ${median(cpus).toFixed(2).padStart(5)} µs   ${ratio.toFixed(2)} ×\n`,
  );
}
rmSync(folder, { recursive: true, force: true });
