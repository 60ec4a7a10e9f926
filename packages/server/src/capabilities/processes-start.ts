import { hash, randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import type { ProcessSpec } from "@palaver/plugin-api";
import type { Descriptor, Program, StartProgram } from "../programs/program.ts";
import { limitArguments } from "./processes-limits.ts";
import { followNamespace } from "./processes-namespace.ts";
import { firstProcess, sandboxArguments } from "./processes-sandbox.ts";
import { mayExecute, tryFindProgram } from "./processes-tools.ts";
import { followProcessTree, type ProcessTree } from "./processes-tree.ts";
import { awaitStart, awaitWords, createTeller, sayThere } from "./processes-words.ts";
import { createWarmStarts } from "./processes-warm.ts";

/** The variable that marks every process of one call; its value cannot be guessed. */
const MARKER_NAME = "PALAVER_CALL";

/** Of the marker, and of what the shell reads words with. */
const isOurs = (name: string): boolean => name.startsWith("PALAVER_");

/** Where bubblewrap tells which process is the first of its namespace. */
const INFO_DESCRIPTOR = 3;

/** Where the first process of a sandbox says that it is there, and is told what it waits for. */
const HUB_DESCRIPTOR = 4;

/** A program that was started, with what is put around it, and all its processes on a leash. */
export interface Started {
  readonly program: Program;
  readonly tree: ProcessTree;
  /** Keeps a program from running that does not yet; false when it may. */
  tryWithdraw(): boolean;
}

/** Starts programs with their limits and in their sandboxes; those of calls in a row are put up ahead of the call. */
export interface ProcessStarts extends AsyncDisposable {
  /** Undefined when there is no such program or folder, or what is put around it cannot be had. */
  tryStart(spec: ProcessSpec): Started | undefined;
  /** When the hub ends without a word. */
  killWaiting(): void;
}

/**
 * @param ownPlaces the hub's own data, which no sandbox shows
 */
export function createProcessStarts(ownPlaces: readonly string[], startBy: StartProgram): ProcessStarts {
  const warm = createWarmStarts();

  const tryLaunch = (spec: ProcessSpec, argv: readonly string[], more: readonly Descriptor[]) => {
    const marker = randomBytes(16).toString("hex");
    try {
      const program = startBy({
        argv: argv as [string, ...string[]],
        cwd: spec.sandbox ? "/" : spec.cwd,
        env: { ...spec.env, [MARKER_NAME]: marker },
        descriptors: [spec.input ? "read" : "null", "write", "write", ...more],
        user: spec.user,
      });
      return { program, marker: `${MARKER_NAME}=${marker}`, lastBefore: program.pid };
    } catch {
      return undefined;
    }
  };

  const tryTakeWarm = (spec: ProcessSpec, { before, shell, descriptors }: Surroundings) => {
    if (!shell || Object.keys(spec.env).some(isOurs)) return undefined;
    // What waits counts among the processes of its user: the hub's own has those of the hub, another may have next to none.
    if (!spec.sandbox && (spec.user ?? spec.limits?.processes) !== undefined) return undefined;
    const hub = spec.sandbox ? HUB_DESCRIPTOR : 3;
    const waiting = [...before, ...shell(awaitWords(hub))];
    const alike = [
      waiting,
      spec.env,
      spec.cwd ?? null,
      spec.user,
      spec.input !== undefined,
      identities(spec),
    ];
    const tryStart = () => {
      const launched = tryLaunch(spec, waiting, spec.sandbox ? descriptors : ["read"]);
      const words = launched?.program.ends[hub];
      return words && { ...launched, words, teller: createTeller(words, spec.sandbox !== undefined) };
    };
    return warm.tryTake(hash("sha256", JSON.stringify(alike)), spec.argv, tryStart);
  };

  const tryStartCold = (spec: ProcessSpec, { before, shell, descriptors }: Surroundings) => {
    const awaited = spec.sandbox ? awaitStart(HUB_DESCRIPTOR) : "";
    const launched = tryLaunch(spec, [...before, ...(shell?.(awaited) ?? []), ...spec.argv], descriptors);
    const hub = spec.sandbox && launched?.program.ends[HUB_DESCRIPTOR];
    const teller = hub && createTeller(hub, true);
    teller?.tell("\n");
    return launched && { ...launched, teller };
  };

  return {
    tryStart(spec) {
      const around = trySurround(spec, ownPlaces);
      if (!around) return undefined;
      const started = tryTakeWarm(spec, around) ?? tryStartCold(spec, around);
      if (!started) return undefined;
      const { program, marker, lastBefore, teller } = started;
      const info = spec.sandbox && program.ends[INFO_DESCRIPTOR];
      const tree = info
        ? followNamespace(program.pid, info)
        : followProcessTree(program.pid, marker, lastBefore);
      return { program, tree, tryWithdraw: () => teller?.tryWithdraw() ?? false };
    },
    killWaiting: () => warm.killAll(),
    [Symbol.asyncDispose]: () => warm[Symbol.asyncDispose](),
  };
}

/** What is put around a program: arguments in front of it, of a sandbox and of a shell. */
interface Surroundings {
  readonly before: readonly string[];
  /** @param awaited what the shell does before the program */
  readonly shell?: (awaited: string) => readonly string[];
  /** Beyond the first three. */
  readonly descriptors: readonly Descriptor[];
}

function trySurround(
  { argv: [program], limits, sandbox, cwd = "/", user }: ProcessSpec,
  ownPlaces: readonly string[],
): Surroundings | undefined {
  // What is wrapped could only fail with a status of its wrapper's.
  if (!mayExecute(program) || !mayExecute(cwd)) return undefined;
  if (!sandbox) {
    const plain = { before: [], descriptors: [] };
    return limits ? { ...plain, shell: (awaited) => limitArguments(limits, awaited) } : plain;
  }
  const bubblewrap = tryFindProgram("bwrap");
  if (bubblewrap === undefined) return undefined;
  // Another user may not even come near the hub's data, so that nothing could be put over it.
  const hidden = user === undefined || user.uid === process.getuid?.() ? ownPlaces : [];
  return {
    before: [bubblewrap, ...sandboxArguments(sandbox, cwd, hidden, INFO_DESCRIPTOR)],
    shell: (awaited) => firstProcess(limits, sayThere(HUB_DESCRIPTOR) + awaited),
    descriptors: ["write", "both"],
  };
}

/**
 * A folder that came in the place of another is another one, which what was built before would not show; the number of
 * one that is gone may be used again, but not the time that it was made.
 */
function identities({ cwd = "/", sandbox }: ProcessSpec): readonly string[] {
  return [cwd, ...(sandbox?.readable ?? []), ...(sandbox?.writable ?? [])].map((path) => {
    try {
      const { dev, ino, birthtimeNs } = statSync(path, { bigint: true });
      return `${dev} ${ino} ${birthtimeNs}`;
    } catch {
      return "none";
    }
  });
}
