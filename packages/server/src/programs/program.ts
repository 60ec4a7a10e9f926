import type { Socket } from "node:net";
import type { ProcessUser } from "@palaver/plugin-api";

/** What a program does with a descriptor: nothing, or it talks to us by it. */
export type Descriptor = "null" | "read" | "write" | "both";

export interface ProgramSpec {
  /** An absolute program and its arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string | undefined;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program's descriptors, from 0 on. Blocking on its side. */
  readonly descriptors: readonly Descriptor[];
  /** Absent: the hub's own. */
  readonly user?: ProcessUser | undefined;
}

/** A program that was started, the leader of a session and a group of its own. */
export interface Program {
  readonly pid: number;
  /** Our end of each descriptor; undefined for `null`. The caller closes them. */
  readonly ends: readonly (Socket | undefined)[];
  /** Never rejects. */
  readonly ended: Promise<Ending>;
  /** Kills it, and nobody else when it has ended. */
  kill(): void;
}

export interface Ending {
  /** 0 to 255; 128 + n after signal n, as shells count. */
  readonly status: number;
  /** What ended it, when a signal did. */
  readonly signal: NodeJS.Signals | undefined;
}

/** @throws {Error} when there is no such program or folder, a NUL in an argument, no process or descriptor left. */
export type StartProgram = (spec: ProgramSpec) => Program;
