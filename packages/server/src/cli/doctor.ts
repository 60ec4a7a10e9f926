import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { loadConfig, type ConfigOptions } from "../config/load.ts";
import { examine } from "../doctor/doctor.ts";
import { failure, ok, type Finding } from "../doctor/finding.ts";
import type { StatusReport } from "../monitor/report.ts";
import { tryAskHub } from "./control/client.ts";
import { findDataDirectory } from "./data-directory.ts";
import { exitCodes } from "./exit.ts";
import type { World } from "./world.ts";

const answerTimeoutMs = 5000;

/** Says what a hub of these options would miss, and what to do about it. Status 1 when one would not do. */
export async function runDoctor(options: ConfigOptions, json: boolean, world: World): Promise<number> {
  const { config, finding } = await readConfig(options, world);
  // Of a configuration that is refused, only the command line is believed.
  const { config: _, ...others } = options;
  const dataDir = config?.dataDir ?? (await findDataDirectory(others, world));
  const findings = [
    finding,
    ...(await examine({ config, dataDir, listening: await findListeners(dataDir) })),
  ];
  if (json) world.printOutput(`${JSON.stringify(findings)}\n`);
  else world.printOutput(findings.map(formatFinding).join(""));
  return findings.some(({ state }) => state === "failure") ? exitCodes.fault : exitCodes.done;
}

async function findListeners(dataDir: string): Promise<readonly string[]> {
  const reply = await tryAskHub(dataDir, { command: "status" }, answerTimeoutMs);
  if (!reply?.ok) return [];
  return (reply.status as StatusReport).listeners.map(({ url }) => url);
}

async function readConfig(
  options: ConfigOptions,
  world: World,
): Promise<{ readonly config: Config | undefined; readonly finding: Finding }> {
  try {
    const config = await loadConfig(options, world);
    const { checkPlugins } = await world.loadHub();
    await checkPlugins(config);
    return { config, finding: ok("configuration", options.config ?? "defaults") };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      config: undefined,
      finding: failure("configuration", error.message, "mend that line; the rest is looked at then"),
    };
  }
}

function formatFinding({ check, state, found, remedy }: Finding): string {
  const line = `${state.padEnd(8)} ${check.padEnd(18)} ${found}\n`;
  return remedy === undefined ? line : `${line}${" ".repeat(28)}→ ${remedy}\n`;
}
