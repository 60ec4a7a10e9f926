// One says it, everybody in the room gets it: text peers of the hub beside a loop of sendmmsg and beside other servers.
// Usage: node bench/fan-out.ts [ROUNDS] [SECONDS] [PEERS…]   (default 5 2 100 1000)
import { spawn } from "node:child_process";
import { once } from "node:events";
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
const textbook = "C++ sendmmsg loop";
const servers: readonly (readonly [
  name: string,
  protocol: string,
  start: () => Promise<Server | undefined>,
])[] = [
  [textbook, "text", () => startReference(compileReference("fan-out-loop"))],
  ["palaver", "text", () => startHubProcess("")],
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
  const args = [protocol, port, count, seconds, window].map(String);
  const load = spawn(compileReference("fan-out-load"), args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: load.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== "ready") throw new Error(`${protocol}: nobody was let in`);
  const before = cpuSeconds(child);
  load.stdin.write("\n");
  const { value } = await lines.next();
  const used = cpuSeconds(child) - before;
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
  process.stdout.write(
    `${`${count} peers`.padEnd(20)}one at a time: CPU a delivery   beside C++   8 at a time: deliveries/s    lost\n`,
  );
  let reference = Number.NaN;
  for (const [name, protocol, start] of servers) {
    const cpus: number[] = [];
    const rates: number[] = [];
    let lost = 0;
    for (let round = 0; round < rounds && !skipped.has(name); round++) {
      const one = await tryMeasure(start, protocol, count, 1);
      const many = one && (await tryMeasure(start, protocol, count, 8));
      if (!many) {
        skipped.add(name);
        break;
      }
      cpus.push(one.cpuMicros);
      rates.push(many.perSecond);
      lost += one.lost + many.lost;
    }
    if (skipped.has(name)) continue;
    const cpu = median(cpus);
    if (name === textbook) reference = cpu;
    const ratio = (cpu / reference).toFixed(2);
    process.stdout.write(
      `${name.padEnd(20)}${cpu.toFixed(2).padStart(28)} µs${ratio.padStart(10)} ×${median(rates).toFixed(0).padStart(28)}${String(lost).padStart(8)}\n`,
    );
  }
}
