// Memory that an idle session costs the hub: RSS before and after so many sessions have shaken hands, said hello and
// fallen silent. Usage: node bench/idle-sessions.ts [COUNT…]   (default 1000 10000)
import { setTimeout as wait } from "node:timers/promises";
import { startHubProcess } from "./hub-process.ts";
import { createSwarm } from "./session-swarm.ts";

// V8 gives memory back only some time after the work is done, and not in the first half minute of a process.
const settleMs = 35_000;

const counts = process.argv.slice(2).map(Number);
for (const count of counts.length > 0 ? counts : [1000, 10_000]) {
  await using hub = await startHubProcess(
    "[limits]\npeers = 20000\nhandshakes_per_second = 100000\n[plugins.dict]\nenabled = false\n",
  );
  const swarm = await createSwarm(hub.port);
  // What start-up and the first sessions load is not what a session costs.
  await swarm.enter(100, () => ({}));
  await wait(settleMs);
  const before = hub.rssBytes();
  await swarm.enter(count, () => ({}));
  await wait(settleMs);
  const after = hub.rssBytes();
  const kb = (bytes: number) => `${Math.round(bytes / 1024)} KB`;
  console.log(
    `${count} sessions: ${((after - before) / count / 1024).toFixed(2)} KB each (RSS ${kb(before)} → ${kb(after)})`,
  );
  swarm.close();
}
