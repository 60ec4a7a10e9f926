import { setTimeout as wait } from "node:timers/promises";
import type { ConfigOptions } from "../config/load.ts";
import { tryAskHub } from "./control/client.ts";
import type { ControlReply, ControlRequest } from "./control/protocol.ts";
import { findRunning, isRunningHub } from "./control/running-process.ts";
import { findDataDirectory } from "./data-directory.ts";
import { exitCodes, Failure } from "./exit.ts";
import type { StatusReport } from "../monitor/report.ts";
import { formatStatus } from "./status-table.ts";
import type { World } from "./world.ts";

const answerTimeoutMs = 5000;
// New plugins are set up and the calls of the old ones may end.
const reloadTimeoutMs = 90_000;
const maxStopMs = 10_000;
const lookEveryMs = 20;

/** Stops the hub of a data directory and waits until its process is gone. */
export async function stopHub(options: ConfigOptions, world: World): Promise<number> {
  const dataDir = await findDataDirectory(options, world);
  const reply = await tryAskHub(dataDir, { command: "stop" }, answerTimeoutMs);
  const pid = reply?.ok ? reply.pid : findRunning(dataDir);
  if (pid === undefined) throw notRunning(dataDir);
  // It lives but its socket is gone or stuck.
  if (!reply?.ok) process.kill(pid, "SIGTERM");
  const deadline = performance.now() + maxStopMs;
  while (isRunningHub(pid)) {
    if (performance.now() > deadline)
      throw new Failure(`palaverd (pid ${pid}) does not stop; kill -9 ${pid} would end it`);
    await wait(lookEveryMs);
  }
  return exitCodes.done;
}

/** Makes the hub read its configuration again: all of it, or that of one plugin, which is loaded anew. */
export async function reloadHub(
  options: ConfigOptions,
  plugin: string | undefined,
  world: World,
): Promise<number> {
  const request: ControlRequest = { command: "reload", ...(plugin !== undefined && { plugin }) };
  const { notice } = await ask(request, reloadTimeoutMs, await findDataDirectory(options, world));
  if (notice !== undefined) world.printError(`palaverd: ${notice}\n`);
  return exitCodes.done;
}

export async function showStatus(options: ConfigOptions, json: boolean, world: World): Promise<number> {
  const dataDir = await findDataDirectory(options, world);
  const { status } = await ask({ command: "status" }, answerTimeoutMs, dataDir);
  const report = status as StatusReport;
  world.printOutput(
    json ? `${JSON.stringify({ ...report, dataDirectory: dataDir })}\n` : formatStatus(report, dataDir),
  );
  return exitCodes.done;
}

async function ask(
  request: ControlRequest,
  timeoutMs: number,
  dataDir: string,
): Promise<ControlReply & { readonly ok: true }> {
  const reply = await tryAskHub(dataDir, request, timeoutMs);
  if (reply?.ok) return reply;
  // What the hub refused is said as the hub says it.
  if (reply) throw new Failure(reply.error, reply.exitCode);
  const pid = findRunning(dataDir);
  if (pid === undefined) throw notRunning(dataDir);
  throw new Failure(`palaverd (pid ${pid}) does not answer; stop it with kill ${pid}`);
}

function notRunning(dataDir: string): Failure {
  return new Failure(`palaverd is not running (data directory ${dataDir}); see --data and --config`);
}
