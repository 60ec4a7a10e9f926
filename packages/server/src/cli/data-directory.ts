import { accessSync, constants } from "node:fs";
import { resolve, dirname } from "node:path";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { defaultDataDirectory, type ConfigOptions, type Surroundings } from "../config/load.ts";
import { makeDirectory } from "../config/make-directory.ts";
import { readTomlFile } from "../config/read-file.ts";

/** Makes the data directory, for its owner alone. @throws {ConfigError} when that fails or nothing can be written to it. */
export function prepareDataDirectory({ dataDir, locate }: Config): void {
  try {
    makeDirectory(dataDir);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = "error" } = error as NodeJS.ErrnoException;
    const reason = reasons[code] ?? code;
    throw new ConfigError(
      locate(["data"]),
      `${dataDir} cannot be used: ${reason}; choose another with --data`,
      { cause: error },
    );
  }
}

export const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of the path is no directory",
  ENOSPC: "the disk is full",
  ENOENT: "there is no such path",
  EISDIR: "that is a directory",
};

/**
 * Where the hub of these options has its data, also when its configuration has become one that is refused: it must
 * be possible to stop it then.
 * @throws {ConfigError} when only the file could tell and it is no TOML.
 */
export async function findDataDirectory(options: ConfigOptions, around: Surroundings): Promise<string> {
  if (options.data !== undefined) return resolve(around.cwd, options.data);
  if (options.config !== undefined) {
    const { data } = (await readTomlFile(options.config)).document;
    if (typeof data === "string") return resolve(around.cwd, dirname(options.config), data);
  }
  return defaultDataDirectory(around.env);
}
