import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { keepFixed } from "../cli/reload.ts";
import { createHub } from "../hub.ts";
import { createRelayedLogger } from "../log/relay.ts";
import { sampleLoop, watchLoop } from "../monitor/loop-delay.ts";
import { tryBlame } from "../plugin-host/blame.ts";
import { fenceProcess } from "../plugin-host/process-fence.ts";
import { atPorts, optionsOf, type MemberData } from "./member-data.ts";
import { createPortBackplane } from "./port-backplane.ts";
import { shareLimits } from "./share-limits.ts";
import { shareState } from "./shared-state.ts";
import type { MemberStatus } from "./total.ts";
import { openWire } from "./wire.ts";

// One worker: a whole hub in a thread, and what the main thread asks of it.
const port = parentPort!;
const { self, workers, recipe, links, state, salt, unwritten, ports } = workerData as MemberData;
const load = () => loadConfig(optionsOf(recipe), recipe.around);

const first = await load();
const logger = createRelayedLogger({
  level: first.log.level,
  worker: self,
  unwritten: new Int32Array(unwritten),
  write: (level, line) => port.postMessage({ log: line, level }),
});
fenceProcess(logger);
process.on("uncaughtException", (error) => {
  if (tryBlame(error)) return;
  logger.fatal({ err: error }, "a worker has a fault and ends");
  process.exit(1);
});

const backplane = createPortBackplane({
  self,
  links,
  state: shareState(state, workers),
  stuck: (worker) => port.postMessage({ stuck: worker }),
});
const whole = Promise.withResolvers<void>();
// Who wants figures all the time has them; else a worker that rests is not woken for them.
const loop = first.metrics && watchLoop();
const wire = openWire(port, (what, about) => answer(what, about));
const read = async (at: readonly number[] | undefined): Promise<Config> =>
  atPorts(shareLimits(keepFixed(await load(), first)), at);

const starting = read(ports).then((config) =>
  createHub(config, logger, {
    team: {
      backplane,
      sharing: self === 0 ? "first" : "next",
      salt,
      reloadPlugin: async (name) => void (await wire.ask("reload plugin", name)),
      whole: whole.promise,
    },
  }),
);
// Whoever asks hears of it.
starting.catch(() => {});

async function answer(what: string, about: unknown): Promise<unknown> {
  const hub = await starting;
  switch (what) {
    case "start":
      break;
    case "begin":
      whole.resolve();
      break;
    case "reload":
      await hub.reload(await read(about as readonly number[] | undefined));
      break;
    case "reload plugin":
      await hub.reloadPlugin(about as string, await read(hub.listeners.map(({ url }) => portOf(url))));
      break;
    // Node tells the main thread of children that ended, and that one tells us.
    case "child":
      process.emit("SIGCHLD", "SIGCHLD");
      break;
    case "refresh":
      hub.refreshUsers();
      break;
    case "status": {
      const { heapUsed } = process.memoryUsage();
      const own = { heapUsed, undelivered: backplane.dropped };
      return { ...hub.status(), ...own, loop: loop?.read() ?? (await sampleLoop()) } satisfies MemberStatus;
    }
    case "close":
      await hub.close();
      break;
  }
  return { listeners: hub.listeners, files: hub.pluginFiles() };
}

function portOf(url: string): number {
  return Number(/\d+$/.exec(url)?.[0]);
}
