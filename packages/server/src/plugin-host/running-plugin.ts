import type { PluginInstance, Plugin, PluginContext, Capability } from "@palaver/plugin-api";
import { checkInstance, createEntry, type CommandEntry } from "@palaver/plugin-api/host";
import type { Logger } from "pino";
import type { BeforeSend } from "../capabilities/before-send.ts";
import { ConfigError, type Config, type PluginConfig } from "../config/config.ts";
import { createCapabilities, type SharedCapabilities } from "./capabilities.ts";
import { readFault } from "./fault.ts";
import { createGuard, type Guard } from "./guard.ts";
import { createIsolatedPlugin } from "./isolated-plugin.ts";
import { LoadRefusal, loadPlugin, type Wanted } from "./load.ts";
import { grantedNeeds } from "./needs.ts";
import { createPluginLog } from "./plugin-log.ts";
import { readSettings, settingsError } from "./settings.ts";
import { startMs, withLimit } from "./time-limit.ts";
import { launchWorker, WantsNoWorker } from "./worker/launch.ts";

export type Isolation = "none" | "worker";

/** A plugin that is set up; one generation of it. */
export interface RunningPlugin {
  readonly name: string;
  readonly guard: Guard;
  readonly instance: PluginInstance;
  readonly entries: readonly CommandEntry[];
  readonly isolation: Isolation;
  readonly needs: readonly Capability[];
  /** Ends it, within two seconds; what goes wrong is logged in its name. */
  dispose(): Promise<void>;
}

export interface StartOptions {
  readonly wanted: PluginConfig;
  readonly config: Config;
  readonly log: Logger;
  readonly shared: SharedCapabilities;
  /** Absent where several threads send. */
  readonly beforeSend: BeforeSend | undefined;
  /** The plugins whose definition asked for a worker when it was last read. */
  readonly isolating: Set<string>;
  /** Each file of the plugin's own when it is found, also when it does not start. */
  onFile(path: string): void;
}

const disposeMs = 2000;
// Who started the hub in the background gives it up after 30 s, and is to read in the log whom it waited for.
const noticeMs = 10_000;

/** Loads a plugin, checks it and sets it up. @throws {ConfigError} located at its table or setting. */
export async function startPlugin(options: StartOptions): Promise<RunningPlugin> {
  const { wanted, config, log } = options;
  const { name } = wanted;
  let retire = () => Promise.resolve();
  const guard = createGuard({ plugin: name, log, onOff: () => void retire() });
  const notice = () => log.warn({ plugin: name }, `a plugin is not ready after ${noticeMs / 1000} s`);
  const timer = setTimeout(notice, noticeMs);
  try {
    const parts = await startWhereWanted(options, guard);
    const { isolation, needs, instance, entries, end, release } = parts;
    let ending: Promise<void> | undefined;
    retire = () =>
      (ending ??= (async () => {
        guard.calls.abort();
        try {
          await withLimit(guard.enter(end), disposeMs, "ending").finally(release);
        } catch (error) {
          log.error({ plugin: name, err: error }, "a plugin failed to end");
        }
      })());
    // It may have been switched off by what its setup left behind.
    if (guard.health.offReason !== undefined) void retire();
    return { name, guard, instance, entries, isolation, needs, dispose: () => retire() };
  } catch (error) {
    throw asConfigError(error, wanted, config);
  } finally {
    clearTimeout(timer);
  }
}

interface Parts extends Pick<RunningPlugin, "instance" | "entries" | "isolation" | "needs"> {
  /** The plugin's own part; it may never settle. */
  end(): Promise<void>;
  /** Takes back what the hub gave it. */
  release(): void;
}

/** Where the operator wants it, or else its author. */
async function startWhereWanted(options: StartOptions, guard: Guard): Promise<Parts> {
  const { wanted, isolating } = options;
  if (wanted.isolate === "worker") return startInWorker(options, guard);
  // Not imported here once more: that would stay in memory, and a loop at its top level would stop the hub.
  if (wanted.isolate === undefined && isolating.has(wanted.name)) {
    try {
      return await startInWorker(options, guard, true);
    } catch (error) {
      if (!(error instanceof WantsNoWorker)) throw error;
      isolating.delete(wanted.name);
    }
  }
  return startHere(options, guard);
}

async function startHere(options: StartOptions, guard: Guard): Promise<Parts> {
  const { wanted, config, log, shared, beforeSend, onFile } = options;
  const plugin: Plugin = await guard.enter(() => loadPlugin(moduleOf(wanted, config), onFile));
  // Its author wants it in a worker; an operator who says "none" has the last word.
  if (plugin.isolate === "worker" && wanted.isolate !== "none") {
    options.isolating.add(wanted.name);
    return startInWorker(options, guard);
  }
  const read = await guard.enter(() => readSettings(plugin, wanted.settings));
  if ("problem" in read) throw settingsError(read.problem, wanted, config);
  const needs = grantedNeeds(plugin.needs ?? [], wanted, config);
  const unload = new AbortController();
  const places = { plugin: wanted.name, dataDir: config.dataDir, directory: config.directory, beforeSend };
  const granted = createCapabilities(needs, places, shared, {
    fileChanged: (callback) => void guard.tell("when a file changed", callback),
    beforeSend: (act) => guard.conclude("before the hub sends", act),
  });
  try {
    const context = {
      config: read.value,
      log: createPluginLog(log, wanted.name),
      signal: unload.signal,
      ...granted.capabilities,
    } as PluginContext<unknown, Capability>;
    const setUp = guard.enter(async () => plugin.setup(context as never));
    // Whoever comes too late has something to close all the same.
    const endLate = (late: PluginInstance) => guard.enter(async () => late[Symbol.asyncDispose]?.());
    const instance = checkInstance(await withLimit(setUp, startMs, "its setup", endLate));
    const entries = Object.entries(instance.commands ?? {}).map(([name, command]) =>
      createEntry(name, command),
    );
    const end = async () => {
      unload.abort();
      await instance[Symbol.asyncDispose]?.();
    };
    const release = () => granted[Symbol.dispose]();
    return { isolation: "none", needs, instance, entries, end, release };
  } catch (error) {
    guard.enter(() => unload.abort());
    granted[Symbol.dispose]();
    throw error;
  }
}

async function startInWorker(
  { wanted, config, log, shared, onFile }: StartOptions,
  guard: Guard,
  mustAsk = false,
): Promise<Parts> {
  const launching = { wanted, module: moduleOf(wanted, config), config, log, shared, guard, onFile };
  const first = await launchWorker(launching, mustAsk);
  const { entries, instance, terminate } = createIsolatedPlugin(first, () => launchWorker(launching), guard);
  const end = async () => instance[Symbol.asyncDispose]?.();
  return { isolation: "worker", needs: first.needs, instance, entries, end, release: terminate };
}

/** Which module the hub or a worker is to load. */
export function moduleOf({ name, from }: PluginConfig, { directory, plugins }: Config): Wanted {
  return { name, from, directory, taken: [...plugins.keys()] };
}

/** Everything that keeps a plugin from starting, located for the operator. */
export function asConfigError(error: unknown, wanted: PluginConfig, config: Config): ConfigError {
  if (error instanceof ConfigError) return error;
  const place = ["plugins", wanted.name];
  if (error instanceof LoadRefusal) {
    return new ConfigError(config.locate([...place, "from"]), error.message, { cause: error });
  }
  const { name, message } = readFault(error);
  const what = name === "thrown" ? `it threw ${message}, which is no Error` : message === "" ? name : message;
  // By name, since it may come from a worker.
  const remedy = name === "TookTooLong" ? "; mend it, or leave the plugin out with enabled = false" : "";
  const reason = `${wanted.name} could not start: ${what}${remedy}`;
  return new ConfigError(config.locate(place), reason, { cause: error });
}
