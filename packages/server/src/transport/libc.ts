import { tryBindLibc, type Pointer } from "../load-libc.ts";

/** The system calls that `node:dgram` does not make; each gives back what C gives back, and `errno` tells why. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, option: number, value: Pointer, length: number): number;
  bind(fd: number, address: Pointer, length: number): number;
  getsockname(fd: number, address: Pointer, length: Pointer): number;
  close(fd: number): number;
  recvmmsg(fd: number, messages: Pointer, count: number, flags: number, timeout: null): number;
  sendmmsg(fd: number, messages: Pointer, count: number, flags: number): number;
  errno(): number;
  addressOf(memory: Uint8Array): bigint;
}

/** @returns undefined where they cannot be called, see `tryBindLibc`. */
export function tryLoadLibc(): Promise<Libc | undefined> {
  return tryBindLibc(({ bind, errno, addressOf }) => ({
    socket: bind("int socket(int, int, int)"),
    setsockopt: bind("int setsockopt(int, int, int, const void *, unsigned int)"),
    bind: bind("int bind(int, const void *, unsigned int)"),
    getsockname: bind("int getsockname(int, void *, void *)"),
    close: bind("int close(int)"),
    recvmmsg: bind("int recvmmsg(int, void *, unsigned int, int, void *)"),
    sendmmsg: bind("int sendmmsg(int, void *, unsigned int, int)"),
    errno,
    addressOf,
  }));
}
