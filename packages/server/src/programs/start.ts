import { isMainThread } from "node:worker_threads";
import { hearsOfChildren } from "../workers/member-data.ts";
import { tryLoadSpawnCalls } from "./libc.ts";
import { createNativeStart } from "./native-start.ts";
import { startByNode } from "./node-start.ts";
import type { StartProgram } from "./program.ts";

const calls = isMainThread || hearsOfChildren() ? await tryLoadSpawnCalls() : undefined;
const startNatively = calls && createNativeStart(calls);

/** Starts a program in the way that halts the hub least. */
export const startProgram: StartProgram = (spec) => {
  const isOwnUser = spec.user === undefined;
  // What it does not start, Node may: as another user, or a script without `#!`; else Node says why not.
  return (isOwnUser ? startNatively?.(spec) : undefined) ?? startByNode(spec);
};
