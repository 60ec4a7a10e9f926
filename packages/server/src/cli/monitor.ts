import type { Config } from "../config/config.ts";
import { formatHttpUrl } from "../config/http-address.ts";
import type { HubLog } from "../log/log.ts";
import type { Monitor } from "../monitor/monitor.ts";
import { exitCodes, Failure } from "./exit.ts";
import type { World } from "./world.ts";

/** Opens what the configuration wants to be watched by; only who wants that loads it. @throws {Failure} */
export async function openMonitor(config: Config, log: HubLog, world: World): Promise<Monitor | undefined> {
  const { metrics: address, dataDir, locate } = config;
  if (!address) return undefined;
  const { openMonitor: open } = await import("../monitor/monitor.ts");
  try {
    const { logger } = log;
    return await open({ address, dataDir, version: world.version, log: logger, stop: world.signals.stop });
  } catch (error) {
    const { code = "error" } = error as NodeJS.ErrnoException;
    const { file, line } = locate(["metrics"]);
    const place = file === undefined ? "" : `${file}:${line ?? 1}: `;
    const reason = code === "EADDRINUSE" ? "the port is taken" : code;
    log.discard();
    await log.close();
    throw new Failure(
      `${place}metrics: cannot listen on ${formatHttpUrl(address)}: ${reason}; choose another address`,
      exitCodes.bind,
      { cause: error },
    );
  }
}
