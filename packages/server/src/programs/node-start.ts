import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import { constants } from "node:os";
import type { Ending, StartProgram } from "./program.ts";

/** Of libuv, for a start: by which it hears of a program that could not be started, and some to spare. */
const OWN_DESCRIPTORS = 4;

/**
 * Node keeps the pipes of a program that was not started for want of descriptors, for ever.
 * @throws {Error} EMFILE or ENFILE, when there are not so many left
 */
function ensureDescriptors(count: number): void {
  using opened = new DisposableStack();
  for (let index = 0; index < count; index++) opened.adopt(openSync("/dev/null", "r"), closeSync);
}

/** Starts a program by Node's own spawn, which forks: everywhere, and also as another user. */
export const startByNode: StartProgram = ({ argv, cwd, env, descriptors, user }) => {
  const [program, ...args] = argv;
  ensureDescriptors(2 * descriptors.filter((use) => use !== "null").length + OWN_DESCRIPTORS);
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: descriptors.map((use) => (use === "null" ? "ignore" : "pipe")),
    detached: true,
    shell: false,
    windowsHide: true,
    ...user,
  });
  // Node says here, and later, what the lack of a pid says already, and that a kill failed.
  child.on("error", () => {});
  // Without a descriptor left there are none, whatever the types say.
  const stdio = child.stdio as readonly (Socket | null)[] | undefined;
  const ends = (stdio ?? []).map((end) => end ?? undefined);
  const { pid } = child;
  if (pid === undefined) {
    for (const end of ends) end?.destroy();
    throw new Error(`${program} could not be started`);
  }
  const { promise: ended, resolve } = Promise.withResolvers<Ending>();
  child.on("exit", (code, signal) =>
    resolve({
      status: code ?? 128 + (signal ? constants.signals[signal] : 0),
      signal: signal ?? undefined,
    }),
  );
  return { pid, ends, ended, kill: () => void child.kill("SIGKILL") };
};
