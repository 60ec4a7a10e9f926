import { ConfigError } from "../config/config-error.ts";
import type { Hub } from "../hub.ts";
import { BindError } from "../transport/transport.ts";
import type { ControlReply, ControlRequest } from "./control/protocol.ts";
import { exitCodes, type ExitCode } from "./exit.ts";
import type { Reload } from "./reload.ts";

/** What a hub answers on its control socket. */
export async function answerControl(
  { command, plugin }: ControlRequest,
  hub: Hub,
  reload: Reload,
  version: string,
): Promise<ControlReply> {
  const { pid } = process;
  if (command === "status") {
    const { rss, heapUsed } = process.memoryUsage();
    const uptimeSeconds = Math.floor(process.uptime());
    return {
      ok: true,
      pid,
      status: { pid, version, uptimeSeconds, ...hub.status(), memory: { rss, heapUsed } },
    };
  }
  if (command === "refresh") {
    hub.refreshUsers();
    return { ok: true, pid };
  }
  if (command === "stop") {
    // After the reply has left.
    setImmediate(() => process.kill(pid, "SIGTERM"));
    return { ok: true, pid };
  }
  try {
    await reload(plugin);
    return { ok: true, pid };
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
