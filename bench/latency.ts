// How long a message is on its way from one peer to each other one in a quiet room.
// Usage: node bench/latency.ts [--without SERVER]… [ROUNDS] [SECONDS] [PEERS] [RATE]   (default 5 3 100 100)
import { median } from "./reference.ts";
import { chooseServers, printRow, tryTalk, type Delivered } from "./rooms.ts";

const { servers, numbers } = chooseServers(process.argv.slice(2));
const [rounds = 5, seconds = 3, count = 100, rate = 100] = numbers;

printRow(`${count} peers, ${rate}/s`, ["p50", "p99", "CPU a delivery", "lost"]);
for (const server of servers) {
  const runs: Delivered[] = [];
  for (let round = 0; round < rounds; round++) {
    const run = await tryTalk(server, count, seconds, { rate });
    if (!run) break;
    runs.push(run);
  }
  if (runs.length === 0) continue;
  printRow(server.name, [
    `${median(runs.map(({ p50Ms }) => p50Ms)).toFixed(2)} ms`,
    `${median(runs.map(({ p99Ms }) => p99Ms)).toFixed(2)} ms`,
    `${median(runs.map(({ cpuMicros }) => cpuMicros)).toFixed(2)} µs`,
    String(runs.reduce((sum, { lost }) => sum + lost, 0)),
  ]);
}
