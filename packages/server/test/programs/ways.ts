import { tryLoadSpawnCalls } from "../../src/programs/libc.ts";
import { createNativeStart } from "../../src/programs/native-start.ts";
import { startByNode } from "../../src/programs/node-start.ts";
import type { StartProgram } from "../../src/programs/program.ts";

/** What the machine has for posix_spawn; undefined where it is missing. */
export const calls = await tryLoadSpawnCalls();
if (!calls && process.platform === "linux") {
  throw new Error("koffi cannot be loaded, or glibc is too old; npx -y pnpm@12 install");
}
const native = calls && createNativeStart(calls);

export const startNatively: StartProgram | undefined =
  native &&
  ((spec) => {
    const program = native(spec);
    if (!program) throw new Error("posix_spawn started nothing");
    return program;
  });

/** Every way to start a program on this machine, by name. */
export const ways: readonly (readonly [string, StartProgram])[] = [
  ...(startNatively ? ([["posix_spawn", startNatively]] as const) : []),
  ["node's spawn", startByNode],
];
