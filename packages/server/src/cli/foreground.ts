import { ConfigError } from "../config/config-error.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import type { HubOptions, RunningHub } from "../hub.ts";
import { createLog, type HubLog } from "../log/log.ts";
import { openMonitor } from "./monitor.ts";
import { tryBlame } from "../plugin-host/blame.ts";
import { fenceProcess } from "../plugin-host/process-fence.ts";
import { BindError } from "../transport/transport.ts";
import { tryTakeControl, type Control } from "./control/server.ts";
import type { ControlReply, ControlRequest } from "./control/protocol.ts";
import { answerControl } from "./control-answers.ts";
import type { RunOptions } from "./invocation.ts";
import { createReload, rereadConfig } from "./reload.ts";
import { watchFiles } from "./watch.ts";
import { prepareDataDirectory, reasons } from "./data-directory.ts";
import { exitCodes } from "./exit.ts";
import type { World } from "./world.ts";

// The hub ends within 5 s by itself; when it does not, nobody has to kill it.
const maxStopMs = 6000;

/** Set by `start --detach`: nobody reads standard error then. */
export const detachedVariable = "PALAVERD_DETACHED";

/** Runs the hub until it is asked to stop. @throws {ConfigError|BindError} when it refuses to start. */
export async function runHub(options: RunOptions, world: World): Promise<number> {
  const { stop } = world.signals;
  const config = await loadConfig(options, world);
  prepareDataDirectory(config);
  const log = await openLog(config, world);
  const { logger } = log;
  const exitNow = () => void log.close().finally(() => world.exit(exitCodes.fault));
  fenceProcess(logger);
  process.on("uncaughtException", (error) => {
    // A plugin's timer or forgotten promise: the plugin's fault, and no reason for the hub to end.
    if (tryBlame(error)) return;
    logger.fatal({ err: error }, "palaverd has a fault and ends");
    exitNow();
  });
  stop.addEventListener("abort", () => {
    logger.info("stopping");
    setTimeout(() => {
      logger.error("did not stop in time; ending anyway");
      exitNow();
    }, maxStopMs).unref();
  });

  const monitor = await openMonitor(config, log, world);
  const reread = () => rereadConfig(config, options, log, world);
  const readConfig = async () => (await reread()).config;
  const hub = await createHub(config, log, world, {
    readConfig,
    options,
    failed(reason) {
      logger.fatal(`${reason}; palaverd ends, and can be started again at once`);
      exitNow();
    },
  });
  let control: Control | undefined;
  let watcher: Disposable | undefined;
  if (!stop.aborted) {
    monitor?.watch(hub);
    const reload = createReload(hub, reread, log);
    world.signals.onHangup = () => void reload().catch(() => {});
    const about = { version: world.version, dataDir: config.dataDir };
    control = await takeControl(config, log, (request) => answerControl(request, hub, reload, about));
    world.printOutput(
      [
        ...hub.listeners.map(
          ({ url, mount }) => `palaverd listening ${mount === undefined ? url : `${url} ${mount}`}`,
        ),
        "palaverd ready\n",
      ].join("\n"),
    );
    log.release();
    if (options.watch) watcher = watchFiles(hub, config, reload);
    await until(stop);
  }
  watcher?.[Symbol.dispose]();
  await hub.close();
  await control?.[Symbol.asyncDispose]();
  await monitor?.[Symbol.asyncDispose]();
  logger.info("stopped");
  await log.close();
  return exitCodes.done;
}

interface Running extends Required<Pick<HubOptions, "readConfig">> {
  readonly options: RunOptions;
  /** Why a hub of several workers can't go on. */
  failed(reason: string): void;
}

async function createHub(config: Config, log: HubLog, world: World, running: Running): Promise<RunningHub> {
  const { options, readConfig, failed } = running;
  try {
    if (config.workers > 1) {
      const { createTeam } = await world.loadTeam();
      return await createTeam({ config, options, around: world, log, readConfig, failed });
    }
    const { createHub: create } = await world.loadHub();
    return await create(config, log.logger, { readConfig });
  } catch (error) {
    if (error instanceof ConfigError || error instanceof BindError) {
      log.logger.fatal(error.message);
      log.discard();
    } else log.logger.fatal({ err: error }, "palaverd could not start");
    await log.close();
    throw error;
  }
}

async function openLog(config: Config, world: World): Promise<HubLog> {
  const toStandardError = world.env[detachedVariable] === undefined;
  try {
    return await createLog(config.log, { toStandardError, isTerminal: world.isTerminal });
  } catch (error) {
    const { code = "error" } = error as NodeJS.ErrnoException;
    const reason = `no log can be written to ${config.log.directory}: ${reasons[code] ?? code}`;
    throw new ConfigError(config.locate(["log", "dir"]), `${reason}; choose another with --log-dir`, {
      cause: error,
    });
  }
}

/** Without control the hub runs all the same: two hubs on one data directory are allowed. */
async function takeControl(
  config: Config,
  { logger }: HubLog,
  handle: (request: ControlRequest) => Promise<ControlReply>,
): Promise<Control | undefined> {
  const { dataDir } = config;
  const consequence = "status, reload and stop do not reach this hub";
  try {
    const control = await tryTakeControl(dataDir, handle);
    if (!control) logger.warn({ dataDir }, `another hub runs on this data directory; ${consequence}`);
    return control;
  } catch (error) {
    logger.warn({ dataDir, err: error }, `no control socket; ${consequence}`);
    return undefined;
  }
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });
}
