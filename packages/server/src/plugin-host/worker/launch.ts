import type { Capability } from "@palaver/plugin-api";
import type { Logger } from "pino";
import type { Config, PluginConfig } from "../../config/config.ts";
import type { SharedCapabilities } from "../capabilities.ts";
import { errorOf, type Fault } from "../fault.ts";
import type { Guard } from "../guard.ts";
import type { Wanted } from "../load.ts";
import { grantedNeeds } from "../needs.ts";
import { createPluginLog } from "../plugin-log.ts";
import { settingsError } from "../settings.ts";
import { createAsks } from "./asks.ts";
import type { Abilities } from "./protocol.ts";
import { createWorkerProcess, type WorkerProcess } from "./worker-process.ts";

/** A worker in which the plugin is set up. */
export interface SetUpWorker {
  readonly worker: WorkerProcess;
  readonly abilities: Abilities;
  readonly needs: readonly Capability[];
}

export interface LaunchOptions {
  readonly wanted: PluginConfig;
  readonly module: Wanted;
  readonly config: Config;
  readonly log: Logger;
  readonly shared: SharedCapabilities;
  readonly guard: Pick<Guard, "health">;
  onFile(path: string): void;
}

/** The plugin was started in a worker since its definition asked for one, and now it does not. */
export class WantsNoWorker extends Error {
  override readonly name = "WantsNoWorker";
}

/**
 * Starts a worker and sets the plugin up in it; ended again when that fails.
 * @param mustAsk only if its definition asks for it.
 * @throws {ConfigError|LoadRefusal|WantsNoWorker|Error}
 */
export async function launchWorker(options: LaunchOptions, mustAsk = false): Promise<SetUpWorker> {
  const { wanted, config } = options;
  const worker = createWorker(options);
  try {
    const needs = await checkInWorker(worker, options, mustAsk);
    const granted = grantedNeeds(needs, wanted, config);
    return { worker, needs: granted, abilities: await worker.setUp(granted) };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

/** Loads a plugin in a worker and checks its settings, without setting it up. */
export async function tryInWorker(options: LaunchOptions): Promise<void> {
  const worker = createWorker(options);
  try {
    grantedNeeds(await checkInWorker(worker, options), options.wanted, options.config);
  } finally {
    worker.terminate();
  }
}

async function checkInWorker(
  worker: WorkerProcess,
  { wanted, config }: LaunchOptions,
  mustAsk = false,
): Promise<readonly Capability[]> {
  const { needs, isolate } = await worker.load();
  if (mustAsk && isolate !== "worker") throw new WantsNoWorker();
  const problem = await worker.check(wanted.settings);
  if (problem) throw settingsError(problem, wanted, config);
  return needs;
}

function createWorker({ wanted, module, config, log, shared, guard, onFile }: LaunchOptions): WorkerProcess {
  const pluginLog = createPluginLog(log, wanted.name);
  const fault = (thrown: Fault) => guard.health.fault(errorOf(thrown), "outside a call");
  return createWorkerProcess({
    wanted: module,
    dataDir: config.dataDir,
    memoryMib: wanted.memoryMib,
    createAsks: (granted) =>
      createAsks(shared, new Set(granted), { log: { ...pluginLog }, plugin: { fault } }),
    onFault: (error, where) => guard.health.fault(error, where),
    onFile,
    onPrinted: (text, stream) => pluginLog.info(`printed on ${stream}`, { text }),
  });
}
