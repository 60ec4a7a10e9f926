import { Socket } from "node:net";
import type { SpawnCalls } from "./libc.ts";
import type { Descriptor, Program, ProgramSpec } from "./program.ts";
import { createReaper } from "./reaper.ts";

// spawn.h, fcntl.h and sys/socket.h of Linux.
const SETSIGDEF_SETSIGMASK_SETSID = 0x04 | 0x08 | 0x80;
const O_RDWR = 2;
const O_CLOEXEC = 0o2000000;
const F_DUPFD_CLOEXEC = 1030;
const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 1 | O_CLOEXEC;

/** More than any structure of posix_spawn has; glibc 2.36: 336 and 80. */
const STRUCTURE_BYTES = 512;
const SIGNAL_SET_BYTES = 128;
const POINTER_BYTES = 8;

/**
 * Starts programs by posix_spawn, which shares the hub's memory until the program is there: a fork copies its page
 * tables, and halted a hub with 110 MB for 10 ms, this halts it for 0.3. The program has no other descriptors than
 * those it is given, every signal is as the system made it, and none is blocked.
 * @returns undefined for a program that could not be started, or holds a NUL; nothing of it is left then.
 */
export function createNativeStart(calls: SpawnCalls): (spec: ProgramSpec) => Program | undefined {
  const reaper = createReaper(calls);
  const attributes = Buffer.alloc(STRUCTURE_BYTES);
  calls.initAttributes(attributes);
  calls.setFlags(attributes, SETSIGDEF_SETSIGMASK_SETSID);
  calls.setDefaultSignals(attributes, Buffer.alloc(SIGNAL_SET_BYTES, 0xff));
  calls.setBlockedSignals(attributes, Buffer.alloc(SIGNAL_SET_BYTES));

  /** Gives back our end and the program's, both closed with any program that is not meant. */
  const open = (use: Descriptor): { readonly ours: number; readonly theirs: number } => {
    const ends = new Int32Array(2);
    check(
      use === "both" ? calls.socketpair(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, ends) : calls.pipe2(ends, O_CLOEXEC),
    );
    const [reading, writing] = ends as unknown as readonly [number, number];
    return use === "read" ? { ours: writing, theirs: reading } : { ours: reading, theirs: writing };
  };

  return ({ argv, cwd, env, descriptors }) => {
    const variables = Object.entries(env).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    );
    if ([...argv, ...variables, cwd ?? ""].some((text) => text.includes("\0"))) return undefined;
    const ends: (Socket | undefined)[] = [];
    const pid = new Int32Array(1);
    try {
      using scope = new DisposableStack();
      const actions = Buffer.alloc(STRUCTURE_BYTES);
      check(calls.initActions(actions));
      scope.defer(() => calls.destroyActions(actions));
      for (const [fd, use] of descriptors.entries()) {
        if (use === "null") {
          ends.push(undefined);
          check(calls.addOpen(actions, fd, "/dev/null", O_RDWR, 0));
          continue;
        }
        const { ours, theirs } = open(use);
        scope.defer(() => calls.close(theirs));
        ends.push(new Socket({ fd: ours, readable: use !== "read", writable: use !== "write" }));
        // Above all that the program gets, so that none is overwritten before it is in its place.
        const spare = calls.fcntl(theirs, F_DUPFD_CLOEXEC, "int", descriptors.length);
        check(spare < 0 ? spare : 0);
        scope.defer(() => calls.close(spare));
        check(calls.addDup2(actions, spare, fd));
      }
      check(calls.addCloseFrom(actions, descriptors.length));
      if (cwd !== undefined) check(calls.addChdir(actions, cwd));
      const args = layOut(calls, argv);
      check(calls.spawn(pid, args.readBigUInt64LE(), actions, attributes, args, layOut(calls, variables)));
    } catch {
      for (const end of ends) end?.destroy();
      return undefined;
    }
    const [id] = pid as unknown as readonly [number];
    return { pid: id, ends, ended: reaper.waitFor(id), kill: () => reaper.kill(id) };
  };
}

function check(result: number): void {
  if (result !== 0) throw new Error(`result ${result}`);
}

/** An array of C strings with a null at its end, and the strings behind it: all of it holds as long as the buffer. */
function layOut({ addressOf }: Pick<SpawnCalls, "addressOf">, texts: readonly string[]): Buffer {
  const strings = texts.map((text) => Buffer.from(`${text}\0`));
  const tableBytes = POINTER_BYTES * (texts.length + 1);
  const memory = Buffer.concat([Buffer.alloc(tableBytes), ...strings]);
  let place = addressOf(memory) + BigInt(tableBytes);
  for (const [index, { length }] of strings.entries()) {
    memory.writeBigUInt64LE(place, index * POINTER_BYTES);
    place += BigInt(length);
  }
  return memory;
}
