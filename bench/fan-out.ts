// One says it, everybody in the room gets it: text peers and sessions of the hub beside a loop of sendmmsg and beside
// other servers.
// Usage: node bench/fan-out.ts [--without SERVER]… [ROUNDS] [SECONDS] [PEERS…]   (default 5 2 100 1000)
import { median } from "./reference.ts";
import { chooseServers, printRow, textbook, tryTalk, type Delivered } from "./rooms.ts";

const inFlight = 64;
const { servers, numbers } = chooseServers(process.argv.slice(2));
const [rounds = 5, seconds = 2, ...counts] = numbers;

for (const count of counts.length > 0 ? counts : [100, 1000]) {
  printRow(`${count} peers`, [
    "one at a time",
    "beside C++",
    `${inFlight} at a time`,
    "deliveries/s",
    "lost",
  ]);
  let reference = Number.NaN;
  for (const server of servers) {
    const single: Delivered[] = [];
    const busy: Delivered[] = [];
    for (let round = 0; round < rounds; round++) {
      const one = await tryTalk(server, count, seconds, {});
      const many = one && (await tryTalk(server, count, seconds, { window: inFlight }));
      if (!many) break;
      single.push(one);
      busy.push(many);
    }
    if (single.length === 0) continue;
    const cpu = median(single.map(({ cpuMicros }) => cpuMicros));
    if (server.name === textbook) reference = cpu;
    printRow(server.name, [
      `${cpu.toFixed(2)} µs`,
      `${(cpu / reference).toFixed(2)} ×`,
      `${median(busy.map(({ cpuMicros }) => cpuMicros)).toFixed(2)} µs`,
      median(busy.map((run) => run.deliveries / run.seconds)).toFixed(0),
      String([...single, ...busy].reduce((sum, { lost }) => sum + lost, 0)),
    ]);
  }
}
