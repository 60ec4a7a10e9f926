// One says it, everybody in the room gets it: text peers and sessions of the hub beside a loop of sendmmsg and beside
// other servers. The sessions' load tool is JavaScript and deciphers: their rate is its own, the hub's CPU is the figure.
// Usage: node bench/fan-out.ts [ROUNDS] [SECONDS] [PEERS…]   (default 5 2 100 1000)
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startHubProcess } from "./hub-process.ts";
import { tryStartPeer, type PeerName } from "./peers.ts";
import { compileReference, cpuSeconds, median, startReference, type ReferenceServer } from "./reference.ts";

type Server = Pick<ReferenceServer, "port" | "child"> & AsyncDisposable;

interface Load {
  readonly messages: number;
  readonly deliveries: number;
  readonly lost: number;
  readonly seconds: number;
}

const [rounds = 5, seconds = 2, ...counts] = process.argv.slice(2).map(Number);
const inFlight = 64;
const textbook = "C++ sendmmsg loop";
const servers: readonly (readonly [
  name: string,
  protocol: string,
  start: () => Promise<Server | undefined>,
])[] = [
  [textbook, "text", () => startReference(compileReference("fan-out-loop"))],
  ["palaver, text", "text", () => startHubProcess("")],
  ["palaver, sessions", "session", () => startHubProcess("[limits]\nhandshakes_per_second = 100000\n")],
  ...(["inspircd", "ngircd"] as const).map((name) => peer(name, "irc")),
  peer("nats-server", "nats"),
  peer("mosquitto", "mqtt"),
];

function peer(name: PeerName, protocol: string) {
  return [name, protocol, () => tryStartPeer(name)] as const;
}

/** One round on a new server: everybody comes in, then only the talking is measured. */
async function tryMeasure(
  start: () => Promise<Server | undefined>,
  protocol: string,
  count: number,
  window: number,
) {
  await using server = await start();
  if (!server) return undefined;
  const { port, child } = server;
  const args = [port, count, seconds, window].map(String);
  const [program, ...before] =
    protocol === "session"
      ? [process.execPath, join(import.meta.dirname, "session-load.ts")]
      : [compileReference("fan-out-load"), protocol];
  const load = spawn(program, [...before, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: load.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== "ready") throw new Error(`${protocol}: nobody was let in`);
  const atStart = cpuSeconds(child);
  load.stdin.write("\n");
  const { value } = await lines.next();
  const used = cpuSeconds(child) - atStart;
  await once(load, "exit");
  const result = JSON.parse(String(value)) as Load;
  return {
    ...result,
    cpuMicros: (used / result.deliveries) * 1e6,
    perSecond: result.deliveries / result.seconds,
  };
}

const skipped = new Set<string>();
for (const count of counts.length > 0 ? counts : [100, 1000]) {
  const columns = ["one at a time", "beside C++", `${inFlight} at a time`, "deliveries/s", "lost"];
  printRow(`${count} peers`, columns);
  let reference = Number.NaN;
  for (const [name, protocol, start] of servers) {
    const cpus: number[] = [];
    const busyCpus: number[] = [];
    const rates: number[] = [];
    let lost = 0;
    for (let round = 0; round < rounds && !skipped.has(name); round++) {
      const one = await tryMeasure(start, protocol, count, 1);
      const many = one && (await tryMeasure(start, protocol, count, inFlight));
      if (!many) {
        skipped.add(name);
        break;
      }
      cpus.push(one.cpuMicros);
      busyCpus.push(many.cpuMicros);
      rates.push(many.perSecond);
      lost += one.lost + many.lost;
    }
    if (skipped.has(name)) continue;
    const cpu = median(cpus);
    if (name === textbook) reference = cpu;
    const micros = (value: number) => `${value.toFixed(2)} µs`;
    const figures = [
      micros(cpu),
      `${(cpu / reference).toFixed(2)} ×`,
      micros(median(busyCpus)),
      median(rates).toFixed(0),
    ];
    printRow(name, [...figures, String(lost)]);
  }
}

function printRow(name: string, columns: readonly string[]): void {
  process.stdout.write(`${name.padEnd(20)}${columns.map((column) => column.padStart(15)).join("")}\n`);
}
