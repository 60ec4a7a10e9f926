import type { LibraryHandle } from "koffi";

/** What binds functions of C to calls, and what else these need. */
export interface NativeBinder {
  /** @throws {Error} when the process has no such function. */
  bind: LibraryHandle["func"];
  errno(): number;
  /** Holds while the memory is referenced. */
  addressOf(memory: ArrayBufferView): bigint;
}

/**
 * Binds functions of C that are in this process anyway: those of the C library, and of the OpenSSL that Node is made of.
 * @returns undefined where koffi or one of the functions is not there
 */
export async function tryBindNative<Calls>(
  bind: (binder: NativeBinder) => Calls,
): Promise<Calls | undefined> {
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
