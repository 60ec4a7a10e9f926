import { endianness } from "node:os";
import process from "node:process";

/** Memory or the place of something in it. */
export type Pointer = Uint8Array | bigint;

/** The system calls that `node:dgram` does not make; each gives back what C gives back, and `errno` tells why. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, option: number, value: Pointer, length: number): number;
  bind(fd: number, address: Pointer, length: number): number;
  close(fd: number): number;
  recvmmsg(fd: number, messages: Pointer, count: number, flags: number, timeout: null): number;
  sendmmsg(fd: number, messages: Pointer, count: number, flags: number): number;
  errno(): number;
  addressOf(memory: Uint8Array): bigint;
}

/** @returns undefined where the calls or koffi are not there: what is not Linux, or has other words than we lay out. */
export async function tryLoadLibc(): Promise<Libc | undefined> {
  const isKnown = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
  if (!isKnown || endianness() !== "LE") return undefined;
  try {
    const { default: koffi } = await import("koffi");
    const own = koffi.load(null);
    return {
      socket: own.func("int socket(int, int, int)"),
      setsockopt: own.func("int setsockopt(int, int, int, const void *, unsigned int)"),
      bind: own.func("int bind(int, const void *, unsigned int)"),
      close: own.func("int close(int)"),
      recvmmsg: own.func("int recvmmsg(int, void *, unsigned int, int, void *)"),
      sendmmsg: own.func("int sendmmsg(int, void *, unsigned int, int)"),
      errno: () => koffi.errno(),
      addressOf: (memory) => koffi.address(memory),
    };
  } catch {
    return undefined;
  }
}
