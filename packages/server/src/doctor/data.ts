import { accessSync, constants, existsSync, readFileSync, statSync, type Stats } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkDatabase } from "../backup/database-copy.ts";
import { findDataFiles } from "../backup/data-files.ts";
import { spokenSize } from "../spoken-size.ts";
import { failure, ok, warning, type Finding } from "./finding.ts";

const check = "data";
const lowBytes = 1e9;
const noBytes = 1e8;
const writable = "make it writable, or name another with --data";

export interface DataFindings {
  readonly findings: readonly Finding[];
  /** When the newest of its files was written, in milliseconds since 1970. */
  readonly newest: number | undefined;
}

/** Who may do what with the data directory, and whether it holds what a hub can use. @param uid who asks. */
export async function checkData(dataDir: string, uid = process.getuid?.()): Promise<DataFindings> {
  const found = (...findings: readonly Finding[]) => ({ findings, newest: undefined });
  let own: Stats;
  try {
    own = statSync(dataDir);
  } catch (error) {
    const { code = "error" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return found(checkParent(dataDir));
    if (code !== "EACCES") return found(failure(check, `${dataDir}: ${code}`, "name another with --data"));
    return found(failure(check, `${dataDir}: permission denied`, "run it as the hub's user, or as root"));
  }
  if (!own.isDirectory())
    return found(failure(check, `${dataDir} is no directory`, "name another with --data"));
  const refused = refusedUse(dataDir);
  if (refused === "EROFS") return found(failure(check, `${dataDir} is on a read-only file system`, writable));
  if (refused !== undefined) {
    const remedy = `run it as uid ${own.uid}, whose directory it is, or name another with --data`;
    return found(failure(check, `${dataDir}: permission denied`, remedy));
  }
  const { files } = await findDataFiles(dataDir);
  const stats = files.flatMap(({ path }) => statSync(path, { throwIfNoEntry: false }) ?? []);
  const strange = files.find((_, index) => stats[index] !== undefined && stats[index].uid !== own.uid);
  return {
    findings: [
      isPrivate(own) || process.platform === "win32"
        ? ok(check, `${dataDir}, ${files.length} files`)
        : failure(check, `others may enter ${dataDir}`, `chmod 700 ${dataDir}`),
      ...(strange && uid !== undefined
        ? [
            failure(
              "owner",
              `${strange.path} is not of uid ${own.uid}`,
              `chown -R ${own.uid}:${own.gid} ${dataDir}`,
            ),
          ]
        : []),
      ...checkKey(join(dataDir, "hub.key")),
      ...checkHubDatabase(join(dataDir, "hub.db")),
      await checkDisk(dataDir),
    ],
    newest: stats.length === 0 ? undefined : Math.max(...stats.map(({ mtimeMs }) => mtimeMs)),
  };
}

function checkParent(dataDir: string): Finding {
  let parent = dirname(dataDir);
  while (!existsSync(parent)) parent = dirname(parent);
  const refused = refusedUse(parent);
  if (refused === undefined) return ok(check, `${dataDir} is made at the first start`);
  if (refused === "EROFS") return failure(check, `${parent} is on a read-only file system`, writable);
  return failure(
    check,
    `${dataDir} cannot be made in ${parent}`,
    "make it, for the hub's user, or name another with --data",
  );
}

function checkKey(path: string): readonly Finding[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return [];
  if (!isPrivate(stats) && process.platform !== "win32")
    return [
      failure(
        "key",
        `others may read ${path}`,
        `chmod 600 ${path}; if somebody did, remove it for a new one`,
      ),
    ];
  try {
    const { length } = Buffer.from(readFileSync(path, "utf8").trim(), "base64url");
    if (length === 32) return [ok("key", path)];
  } catch {
    // Below.
  }
  return [failure("key", `${path} cannot be read, or is none`, "restore it from a backup: palaverd restore")];
}

function checkHubDatabase(path: string): readonly Finding[] {
  if (!existsSync(path)) return [];
  try {
    checkDatabase(path);
    return [ok("database", path)];
  } catch (error) {
    return [failure("database", `${path}: ${(error as Error).message}`, "palaverd restore, from a backup")];
  }
}

async function checkDisk(dataDir: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const shown = `${spokenSize(free)} free`;
  const remedy = "make room, or keep less: keep_for and keep_mib in [plugins.chat]";
  if (free >= lowBytes) return ok("disk", shown);
  return free < noBytes ? failure("disk", shown, remedy) : warning("disk", shown, remedy);
}

function isPrivate({ mode }: Stats): boolean {
  return (mode & 0o077) === 0;
}

/** The system's code for why not; undefined: it may be read and written to. */
function refusedUse(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "error";
  }
}
