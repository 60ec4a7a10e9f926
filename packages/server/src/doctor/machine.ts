import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { promisify } from "node:util";
import type { Config } from "../config/config.ts";
import { tryFindProgram } from "../capabilities/processes-tools.ts";
import { tryLoadSpawnCalls } from "../programs/libc.ts";
import { tryLoadLibc } from "../transport/libc.ts";
import { failure, ok, warning, type Finding } from "./finding.ts";

const run = promisify(execFile);

const wantedNode = 24;
// The hub asks for it on each UDP socket.
const wantedBufferBytes = 4 * 1024 * 1024;
// Databases, logs, programs that run, and the runtime's own.
const spareFiles = 256;
const timedatectlMs = 3000;

export function checkNode(version = process.versions.node): Finding {
  const isNew = Number(version.split(".")[0]) >= wantedNode;
  return isNew
    ? ok("node", version)
    : failure("node", version, `install Node ${wantedNode} or newer, or start palaverd from its clone`);
}

export function checkUser(uid = process.getuid?.()): Finding {
  if (uid !== 0) return ok("user", uid === undefined ? "this system has no user ids" : `uid ${uid}`);
  const remedy = "run it as a user of its own: useradd --system --home-dir /var/lib/palaver palaver";
  return warning("user", "root, and whoever breaks in would be root too", remedy);
}

/** What koffi is for: batches of datagrams, and starts of programs that do not halt the hub. */
export async function checkKoffi(io: Config["io"]): Promise<Finding> {
  if (process.platform !== "linux") return ok("koffi", "not used on this system");
  const slow = [
    io === "auto" && !(await tryLoadLibc()) && "datagrams come and go one at a time",
    !(await tryLoadSpawnCalls()) && "each start of a program halts the hub for some milliseconds",
  ].filter((words) => words !== false);
  if (slow.length === 0) return ok("koffi", "datagrams by the batch, programs without a fork");
  const remedy = "install the optional package koffi (npx -y pnpm@12 install); programs need glibc 2.34 too";
  return warning("koffi", `cannot be loaded or used: ${slow.join(", ")}`, remedy);
}

/** @param proc where the kernel tells of itself. */
export function checkBuffers(proc = "/proc"): readonly Finding[] {
  return ["rmem_max", "wmem_max"].map((name) => {
    const check = `net.core.${name}`;
    const bytes = Number(tryRead(`${proc}/sys/net/core/${name}`) ?? Number.NaN);
    if (Number.isNaN(bytes)) return ok(check, "this system does not tell");
    if (bytes >= wantedBufferBytes) return ok(check, `${bytes}`);
    const remedy = `write ${check} = ${wantedBufferBytes} into /etc/sysctl.d/palaver.conf, then sysctl --system`;
    return warning(check, `${bytes}: bursts of datagrams are lost`, remedy);
  });
}

export function checkOpenFiles({ listen, limits }: Config, proc = "/proc"): Finding {
  const check = "open files";
  const soft = /^Max open files\s+(\S+)/m.exec(tryRead(`${proc}/self/limits`) ?? "")?.[1];
  if (soft === undefined || soft === "unlimited") return ok(check, soft ?? "this system does not tell");
  const tcp = listen.filter(({ transport }) => transport === "tcp").length;
  const wanted = tcp * limits.connections + spareFiles;
  if (Number(soft) >= wanted) return ok(check, soft);
  const remedy = `ulimit -n ${wanted}, LimitNOFILE=${wanted} in the unit, or less in limits.connections`;
  return warning(check, `${soft}, and ${tcp} × limits.connections may be open`, remedy);
}

/** @param newest when the newest of the hub's files was written, in milliseconds since 1970. */
export async function checkClock(newest: number | undefined, now = Date.now()): Promise<Finding> {
  const check = "clock";
  const remedy = "set the clock: timedatectl set-ntp true";
  const shown = new Date(now).toISOString();
  // Nobody could install this before it was written.
  const { mtimeMs } = statSync(new URL(import.meta.url));
  if (now < mtimeMs) return failure(check, `${shown} is before this palaver was installed`, remedy);
  if (newest !== undefined && newest > now + 60_000)
    return failure(check, `${shown}, and the hub's data is of ${new Date(newest).toISOString()}`, remedy);
  const timedatectl = tryFindProgram("timedatectl");
  if (timedatectl === undefined) return ok(check, shown);
  const answer = await run(timedatectl, ["show", "-p", "NTPSynchronized", "--value"], {
    timeout: timedatectlMs,
  }).catch(() => undefined);
  if (answer?.stdout.trim() !== "no") return ok(check, shown);
  return warning(check, `${shown}, and nobody keeps it right`, remedy);
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
