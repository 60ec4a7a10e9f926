// Look-ups of 10,000 words over text, 64 outstanding, one server at a time in turn: the hub's dict mount beside the
// textbook C++ loop, bare node:dgram and other look-up servers. Usage: node bench/lookup.ts [ROUNDS] [SECONDS] [SOCKETS]
// (default 5 2 1): so many sockets share the questions under way.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startHubProcess } from "./hub-process.ts";
import { tryStartPeer } from "./peers.ts";
import {
  compileReference,
  cpuSeconds,
  median,
  referenceScript,
  startReference,
  type ReferenceServer,
} from "./reference.ts";

const wordCount = 10_000;
const outstanding = 64;
const reapMs = 100;
const textbook = "C++ recvfrom, unordered_map, sendto";
const [rounds = 5, seconds = 2, sockets = 1] = process.argv.slice(2).map(Number);

interface Load {
  readonly answered: number;
  readonly wrong: number;
  readonly lost: number;
  readonly seconds: number;
}

const folder = mkdtempSync(join(tmpdir(), "palaver-lookup-"));
const words = join(folder, "words.txt");
writeFileSync(words, Array.from({ length: wordCount }, (_, i) => `word${i}:译文${i}\n`).join(""));

type Server = Pick<ReferenceServer, "port" | "child">;
interface Answering extends Server {
  readonly name: string;
  /** The program that asks, and what it wants besides port, words, outstanding and seconds. */
  readonly load: readonly [program: string, ...options: string[]];
}

const dictd = "dictd (TCP, pipelined)";

const load = compileReference("lookup-load");
// One socket's messages have 65,536 numbers, and who asks by one again is answered from a memory.
const coapLoad = [load, "8", "coap"] as const;
await using things = new AsyncDisposableStack();
things.defer(() => rmSync(folder, { recursive: true, force: true }));
const dict = `[plugins.dict]\nfiles = ["${words}"]\necdict = false\ncedict = false\n`;
const start = async (
  name: string,
  starting: Promise<(Server & AsyncDisposable) | undefined>,
  given: Answering["load"] = [load, String(sockets)],
): Promise<Answering[]> => {
  const server = await starting;
  if (!server) return [];
  const { port, child } = things.use(server);
  return [{ name, port, child, load: given }];
};
const servers = [
  ...(await start(textbook, startReference(compileReference("lookup-loop"), words))),
  ...(await start("bare node:dgram", startReference(process.execPath, referenceScript("dgram-loop"), words))),
  ...(await start("palaver", startHubProcess(dict, ["udp://127.0.0.1:0=dict"]))),
  ...(await start("palaver --io dgram", startHubProcess(dict, ["udp://127.0.0.1:0=dict", "--io", "dgram"]))),
  ...(await start("libcoap's coap-server", tryStartPeer("coap-server"), coapLoad)),
  ...(await start(
    "node coap",
    startReference(process.execPath, referenceScript("coap-words"), words),
    coapLoad,
  )),
  ...(await start(dictd, tryStartPeer("dictd", words), [compileReference("dict-load")])),
];
const figures = new Map(servers.map(({ name }) => [name, { rates: [] as number[], cpus: [] as number[] }]));

function run({ port, load: [program, ...options] }: Answering, forSeconds: number): Load {
  const args = [String(port), words, String(outstanding), String(forSeconds), ...options];
  return JSON.parse(execFileSync(program, args, { encoding: "utf8" })) as Load;
}

for (const server of servers) {
  // This one knows what it was told.
  const isTold = server.name === "libcoap's coap-server";
  run(isTold ? { ...server, load: [load, "1", "coap-put"] } : server, Math.min(2, seconds));
}
for (let round = 0; round < rounds; round++) {
  for (const server of servers) {
    const { name, child } = server;
    // It has a process for each connection.
    const forks = name === dictd;
    const before = cpuSeconds(child, forks);
    const result = run(server, seconds);
    if (forks) await wait(reapMs);
    const used = cpuSeconds(child, forks) - before;
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
