import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Config } from "../config/config.ts";
import { ConfigError, visible } from "../config/config-error.ts";
import { loadConfig } from "../config/load.ts";
import { tryAskHub } from "./control/client.ts";
import type { RunOptions } from "./invocation.ts";
import { findRunning } from "./control/running-process.ts";
import { prepareDataDirectory, reasons } from "./data-directory.ts";
import { exitCodes, Failure } from "./exit.ts";
import { detachedVariable } from "./foreground.ts";
import { makeDirectory } from "../config/make-directory.ts";
import type { World } from "./world.ts";

const readyTimeoutMs = 30_000;
const askTimeoutMs = 2000;
const maxShownCharacters = 2000;

/**
 * Starts a hub that outlives this process and returns when it is ready. Its log goes to files; what the runtime
 * itself says (when memory ends, say) goes to `palaverd.stderr` beside them.
 */
export async function startInBackground(options: RunOptions, world: World): Promise<number> {
  const config = await loadConfig(options, world);
  const { dataDir } = config;
  const reply = await tryAskHub(dataDir, { command: "status" }, askTimeoutMs);
  const running = reply?.ok ? reply.pid : findRunning(dataDir);
  if (running !== undefined) {
    throw new Failure(
      `palaverd is already running (pid ${running}, data directory ${dataDir}); stop it first, or name another with --data`,
    );
  }
  prepareDataDirectory(config);
  const logDir = config.log.directory ?? join(dataDir, "log");
  const errorFile = join(logDir, "palaverd.stderr");
  const errors = openErrors(config, logDir, errorFile);
  const child = spawn(
    process.execPath,
    [...process.execArgv, world.program, ...forward(options), "--log-dir", logDir],
    {
      detached: true,
      stdio: ["ignore", "pipe", errors],
      env: { ...world.env, [detachedVariable]: "1" },
    },
  );
  closeSync(errors);

  const exited = once(child, "exit") as Promise<[number | null]>;
  const lines = createInterface({ input: child.stdout! });
  const ready = (async () => {
    let shown = "";
    for await (const line of lines) {
      shown += `${line}\n`;
      if (line === "palaverd ready") return shown;
    }
    // It ended its output without a word; how, says its exit.
    return exited;
  })();
  const timeout = AbortSignal.timeout(readyTimeoutMs);
  const ended = AbortSignal.any([timeout, world.signals.stop]);
  const given = new Promise<undefined>((resolve) =>
    ended.addEventListener("abort", () => resolve(undefined)),
  );
  const outcome = await Promise.race([ready, given]);
  if (typeof outcome === "string") {
    world.printOutput(outcome);
    child.stdout!.destroy();
    child.unref();
    return exitCodes.done;
  }
  if (outcome === undefined) {
    child.kill("SIGKILL");
    throw new Failure(
      timeout.aborted
        ? `palaverd is not ready after ${readyTimeoutMs / 1000} s; see ${logDir}`
        : "interrupted",
    );
  }
  const said = readFileSync(errorFile, "utf8").trim().slice(0, maxShownCharacters);
  world.printError(
    said === ""
      ? `palaverd: ended without a word; see ${logDir}\n`
      : `${said.split("\n").map(visible).join("\n")}\n`,
  );
  return outcome[0] ?? exitCodes.fault;
}

function openErrors(config: Config, logDir: string, file: string): number {
  try {
    makeDirectory(logDir);
    return openSync(file, "w", 0o600);
  } catch (error) {
    const { code = "error" } = error as NodeJS.ErrnoException;
    const reason = `no log can be written to ${logDir}: ${reasons[code] ?? code}`;
    throw new ConfigError(config.locate(["log", "dir"]), `${reason}; choose another with --log-dir`, {
      cause: error,
    });
  }
}

/** The options again, for the hub itself. */
function forward(options: RunOptions): string[] {
  const listen = options.listen?.flatMap(({ url, mount }) => [
    "--listen",
    mount === undefined ? url : `${url}=${mount}`,
  ]);
  const value = (name: string, given: string | undefined) => (given === undefined ? [] : [name, given]);
  return [
    ...value("--config", options.config),
    ...value("--data", options.data),
    ...(listen ?? []),
    ...value("--io", options.io),
    ...value("--workers", options.workers?.toString()),
    ...value("--log-level", options.logLevel),
    ...value("--log-format", options.logFormat),
    ...(options.watch ? ["--watch"] : []),
  ];
}
