import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { ProcessUser } from "@palaver/plugin-api";
import { firstProcess, sandboxArguments } from "./processes-sandbox.ts";

const run = promisify(execFile);

/** A sandbox is there within 10 ms on an idle machine. */
const PROBE_TIMEOUT_MS = 10_000;

const systemFolders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/** Where the few programs were that the hub itself wants. */
const found = new Map<string, string>();

/** A program of this machine, on the hub's own path or where systems keep theirs. */
export function tryFindProgram(name: string): string | undefined {
  const known = found.get(name);
  if (known !== undefined && mayExecute(known)) return known;
  const program = lookForProgram(name);
  if (program !== undefined) found.set(name, program);
  return program;
}

function lookForProgram(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return [...folders, ...systemFolders].map((folder) => join(folder, name)).find(mayExecute);
}

export function mayExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Tries a whole sandbox out, since kernels, containers and security modules forbid parts of it. */
export async function findSandboxProblem(user: ProcessUser | undefined): Promise<string | undefined> {
  if (process.platform !== "linux") return "sandboxes need Linux";
  const bubblewrap = tryFindProgram("bwrap");
  if (bubblewrap === undefined) return "bubblewrap is not installed; install it: apt-get install bubblewrap";
  const plain = { network: false, readable: [], writable: [] };
  try {
    const options = { timeout: PROBE_TIMEOUT_MS, cwd: "/", ...user };
    const sandbox = [...sandboxArguments(plain, "/", []), ...firstProcess(undefined, "")];
    await run(bubblewrap, [...sandbox, bubblewrap, "--version"], options);
    return undefined;
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    const said = /^bwrap: (.*)$/m.exec(stderr)?.[1] ?? message.split("\n", 1)[0];
    return `bubblewrap 0.8 or newer does not work here: ${said}`;
  }
}

/** @throws {Error} when the machine has no such user, or the hub may not become it. */
export async function findUser(name: string): Promise<ProcessUser> {
  const id = tryFindProgram("id");
  if (process.getuid === undefined || id === undefined) throw new Error("this machine has no user ids");
  const read = async (option: string) => Number((await run(id, [option, "--", name])).stdout);
  const user = await Promise.all([read("-u"), read("-g")]).then(
    ([uid, gid]) => ({ uid, gid }),
    () => undefined,
  );
  if (!user) throw new Error(`this machine has no user ${name}`);
  if (process.getuid() !== 0 && process.getuid() !== user.uid) {
    throw new Error(`only a hub that runs as root can run programs as ${name}`);
  }
  return user;
}
