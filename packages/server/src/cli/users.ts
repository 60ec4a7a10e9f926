import { Refusal } from "@palaver/plugin-api";
import type { ConfigOptions } from "../config/load.ts";
import { makeDirectory } from "../config/make-directory.ts";
import { type Identities, openIdentities } from "../users/identities.ts";
import { tryAskHub } from "./control/client.ts";
import { findDataDirectory, reasons } from "./data-directory.ts";
import { exitCodes, Failure } from "./exit.ts";
import type { World } from "./world.ts";

const answerTimeoutMs = 5000;

/** Gives a role to a user, or takes it; a hub that runs knows at once. */
export async function changeRole(
  options: ConfigOptions,
  { user, role, isRevoked }: { readonly user: string; readonly role: string; readonly isRevoked: boolean },
  world: World,
): Promise<number> {
  const dataDir = await findDataDirectory(options, world);
  using identities = openUsers(dataDir);
  const isKnown = asFailure(() => (isRevoked ? identities.revoke(user, role) : identities.grant(user, role)));
  if (!isKnown) {
    throw new Failure(
      `palaverd: nobody is known as ${JSON.stringify(user)}; write the key that \`palaver id\` prints`,
    );
  }
  await tryAskHub(dataDir, { command: "refresh" }, answerTimeoutMs);
  return exitCodes.done;
}

/** @throws {Failure} */
function openUsers(dataDir: string): Identities {
  try {
    makeDirectory(dataDir);
    return openIdentities(dataDir, () => []);
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    const reason = reasons[code] ?? message;
    throw new Failure(
      `palaverd: ${dataDir} cannot be used: ${reason}; choose another with --data`,
      exitCodes.configuration,
      { cause },
    );
  }
}

function asFailure<T>(change: () => T): T {
  try {
    return change();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Failure(`palaverd: nothing was changed: ${error.message}`);
  }
}

/** Prints who is known: nickname, key, roles. */
export async function listUsers(options: ConfigOptions, json: boolean, world: World): Promise<number> {
  const dataDir = await findDataDirectory(options, world);
  using identities = openUsers(dataDir);
  for (const { nick, key, roles } of identities.all()) {
    const line = json ? JSON.stringify({ nick, key, roles }) : [nick ?? "-", key, ...roles].join("  ");
    world.printOutput(`${line}\n`);
  }
  return exitCodes.done;
}
