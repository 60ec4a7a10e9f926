import { accessSync, constants } from "node:fs";
import { relative, resolve } from "node:path";
import { cleanText } from "@palaver/protocol";
import { BackupError, readDataDirectory, restoreBackup } from "../backup/restore-backup.ts";
import { writeBackup } from "../backup/write-backup.ts";
import type { ConfigOptions } from "../config/load.ts";
import { makeDirectory } from "../config/make-directory.ts";
import { isListening } from "./control/client.ts";
import { socketPath } from "./control/place.ts";
import { findRunning } from "./control/running-process.ts";
import { findUserOf } from "./open-files.ts";
import { findDataDirectory, reasons } from "./data-directory.ts";
import { exitCodes, Failure } from "./exit.ts";
import { spokenSize } from "../spoken-size.ts";
import type { World } from "./world.ts";

/** Writes a data directory into one file; the hub may run. */
export async function backUp(options: ConfigOptions, file: string, world: World): Promise<number> {
  const dataDir = await findDataDirectory(options, world);
  const target = resolve(world.cwd, file);
  if (file === "-" || file === "") {
    const message = "palaverd: a backup appears whole or not at all, so it takes a FILE and no pipe";
    throw new Failure(message, exitCodes.usage);
  }
  try {
    accessSync(resolve(dataDir, "hub.key"), constants.R_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === "EACCES"
        ? "permission denied; run this as the hub's user"
        : "no hub's data; see --data and --config";
    throw new Failure(`palaverd: ${dataDir}: ${reason}`, exitCodes.fault, { cause: error });
  }
  if (!relative(dataDir, target).startsWith("..")) {
    throw new Failure(`palaverd: ${target} lies in the data directory; choose another place`);
  }
  const { files, bytes, skipped } = await explained(`no backup is written to ${target}`, world, () =>
    writeBackup(dataDir, target, world.version, world.signals.stop),
  );
  for (const name of skipped) {
    world.printError(`palaverd: ${name} is not in the backup: no file or folder of the same owner\n`);
  }
  world.printOutput(`${target}: ${files} files, ${spokenSize(bytes)}\n`);
  return exitCodes.done;
}

/** Unpacks a backup into the data directory, which no hub may use. */
export async function restore(
  options: ConfigOptions,
  { file, force }: { readonly file: string; readonly force: boolean },
  world: World,
): Promise<number> {
  const dataDir = await findDataDirectory(options, world);
  const pid = findRunning(dataDir);
  if (pid !== undefined || (await isListening(socketPath(dataDir)))) {
    throw new Failure(`palaverd: a hub runs on ${dataDir}; stop it first: palaverd stop`);
  }
  // A second hub on the same directory, or somebody's sqlite3, would go on in what is put aside.
  const other = findUserOf(dataDir);
  if (other !== undefined)
    throw new Failure(`palaverd: process ${other} has files of ${dataDir} open; end it first`);
  const outcome = await explained(`${file} is not restored to ${dataDir}`, world, async () => {
    const found = await readDataDirectory(dataDir);
    if (found.length > 0 && !force) {
      throw new Failure(
        `palaverd: ${dataDir} is not empty; with --force what is there is put aside, or name another with --data`,
      );
    }
    makeDirectory(dataDir);
    return restoreBackup(resolve(world.cwd, file), dataDir, world.signals.stop);
  });
  const { manifest, putAside } = outcome;
  const count = Object.keys(manifest.files).length;
  world.printOutput(`${dataDir}: ${count} files as of ${manifest.at}, of palaver ${manifest.version}\n`);
  if (putAside !== undefined) world.printOutput(`what was there before: ${putAside}\n`);
  return exitCodes.done;
}

/** One line for what the system or the file refused. */
async function explained<T>(what: string, world: World, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (world.signals.stop.aborted)
      throw new Failure("palaverd: interrupted", exitCodes.fault, { cause: error });
    const { code = "", message } = error as NodeJS.ErrnoException;
    const reason = error instanceof BackupError ? message : (reasons[code] ?? message);
    // A reason may name what is in an archive.
    throw new Failure(`palaverd: ${what}: ${cleanText(reason)}`, exitCodes.fault, { cause: error });
  }
}
