import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A palaverd of its own, on a port that the system picks, with its data in a folder that goes with it. */
export interface HubProcess extends AsyncDisposable {
  readonly port: number;
  readonly child: ChildProcess;
  /** Resident memory in bytes. */
  rssBytes(): number;
}

const palaverd = new URL("../packages/server/bin/palaverd.mjs", import.meta.url).pathname;

/**
 * @param toml the configuration besides `listen`.
 * @param listen the first listener, and options that follow it.
 * @param logFile takes the hub's log, after what is there; without it the log goes to our standard error.
 */
export async function startHubProcess(
  toml: string,
  listen: readonly string[] = ["udp://127.0.0.1:0"],
  logFile?: string,
): Promise<HubProcess> {
  const directory = mkdtempSync(join(tmpdir(), "palaver-bench-"));
  const config = join(directory, "palaver.toml");
  writeFileSync(config, toml);
  const options = ["--config", config, "--data", join(directory, "data"), "--listen", ...listen];
  const child = spawn(process.execPath, ["--expose-gc", palaverd, ...options, "--log-level", "warn"], {
    stdio: ["ignore", "pipe", logFile === undefined ? "inherit" : openSync(logFile, "a")],
  });
  let port = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    port ||= Number(/^palaverd listening udp:.*:(\d+)( |$)/.exec(line)?.[1]);
    if (line === "palaverd ready") break;
  }
  return {
    port,
    child,
    rssBytes() {
      const [, pages = 0] = readFileSync(`/proc/${child.pid}/statm`, "utf8").split(" ").map(Number);
      return pages * 4096;
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
