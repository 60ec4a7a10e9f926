import { endianness } from "node:os";
import process from "node:process";
import { type NativeBinder, tryBindNative } from "@palaver/protocol";

/** Memory or the place of something in it. */
export type Pointer = Uint8Array | bigint;

/**
 * Binds calls of the process's own C library, whose structures and constants the caller lays out.
 * @returns undefined where the calls or koffi are not there: what is not Linux, or has other words than we lay out.
 */
export async function tryBindLibc<Calls>(bind: (binder: NativeBinder) => Calls): Promise<Calls | undefined> {
  const isKnown = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
  return isKnown && endianness() === "LE" ? tryBindNative(bind) : undefined;
}
