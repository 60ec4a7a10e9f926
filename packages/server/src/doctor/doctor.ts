import type { Config } from "../config/config.ts";
import { checkData } from "./data.ts";
import type { Finding } from "./finding.ts";
import { checkBuffers, checkClock, checkKoffi, checkNode, checkOpenFiles, checkUser } from "./machine.ts";
import { checkDictionaries, checkSandbox } from "./plugins.ts";
import { checkPorts } from "./ports.ts";
import { checkTrust } from "./trust.ts";

export interface Patient {
  /** Undefined when it is refused: then only the machine and the data are looked at. */
  readonly config: Config | undefined;
  readonly dataDir: string;
  /** Where a hub that runs on this data listens, as URLs; empty when none does. */
  readonly listening: readonly string[];
}

/** Looks at everything that a hub needs, and changes nothing. */
export async function examine({ config, dataDir, listening }: Patient): Promise<readonly Finding[]> {
  const data = await checkData(dataDir);
  return [
    checkNode(),
    checkUser(),
    await checkClock(data.newest),
    ...checkBuffers(),
    ...data.findings,
    ...(config
      ? [
          await checkKoffi(config.io),
          checkOpenFiles(config),
          ...(await checkPorts(config, listening)),
          ...(await checkSandbox(config)),
          ...checkDictionaries(config),
          ...checkTrust(config),
        ]
      : []),
  ];
}
