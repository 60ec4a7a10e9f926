import { ConfigError } from "../config/config-error.ts";
import type { RunningHub } from "../hub.ts";
import { sampleLoop } from "../monitor/loop-delay.ts";
import { readReport } from "../monitor/report.ts";
import { BindError } from "../transport/transport.ts";
import type { ControlReply, ControlRequest } from "./control/protocol.ts";
import { exitCodes, type ExitCode } from "./exit.ts";
import type { Reload } from "./reload.ts";

/** What a hub answers on its control socket. */
export async function answerControl(
  { command, plugin }: ControlRequest,
  hub: RunningHub,
  reload: Reload,
  { version, dataDir }: { readonly version: string; readonly dataDir: string },
): Promise<ControlReply> {
  const { pid } = process;
  try {
    if (command === "status") {
      const loop = await sampleLoop();
      return { ok: true, pid, status: await readReport(hub, { version, dataDir, loop }) };
    }
    if (command === "refresh") {
      await hub.refreshUsers();
      return { ok: true, pid };
    }
    if (command === "stop") {
      // After the reply has left.
      setImmediate(() => process.kill(pid, "SIGTERM"));
      return { ok: true, pid };
    }
    const notice = await reload(plugin);
    return { ok: true, pid, ...(notice !== undefined && { notice }) };
  } catch (error) {
    return {
      ok: false,
      error: error instanceof Error ? error.message : String(error),
      exitCode: exitCodeOf(error),
    };
  }
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ConfigError) return exitCodes.configuration;
  return error instanceof BindError ? exitCodes.bind : exitCodes.fault;
}
