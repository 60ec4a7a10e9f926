import { endianness } from "node:os";
import process from "node:process";
import type { LibraryHandle } from "koffi";

/** Memory or the place of something in it. */
export type Pointer = Uint8Array | bigint;

/** What binds calls of C to functions, and what else they need. */
export interface Binder {
  /** @throws {Error} when the C library has no such function. */
  bind: LibraryHandle["func"];
  errno(): number;
  /** Holds while the memory is referenced. */
  addressOf(memory: ArrayBufferView): bigint;
}

/**
 * Binds calls of the process's own C library, whose structures and constants the caller lays out.
 * @returns undefined where the calls or koffi are not there: what is not Linux, or has other words than we lay out.
 */
export async function tryBindLibc<Calls>(bind: (binder: Binder) => Calls): Promise<Calls | undefined> {
  const isKnown = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
  if (!isKnown || endianness() !== "LE") return undefined;
  try {
    const { default: koffi } = await import("koffi");
    const own = koffi.load(null);
    return bind({
      bind: (definition: string) => own.func(definition),
      errno: () => koffi.errno(),
      addressOf: (memory) => koffi.address(memory),
    });
  } catch {
    return undefined;
  }
}
