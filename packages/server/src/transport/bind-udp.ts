import { readlinkSync } from "node:fs";
import { getSystemErrorName } from "node:util";
import type { Libc } from "./libc.ts";
import { Remote } from "./remote.ts";
import type { UdpSocketOptions } from "./udp-socket.ts";

// socket(2), socket(7), ip(7), ipv6(7) of Linux.
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const SO_ATTACH_FILTER = 26;
const SO_ATTACH_REUSEPORT_CBPF = 51;
const IPPROTO_IP = 0;
const IP_MTU_DISCOVER = 10;
const IP_PMTUDISC_DO = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
/** `BPF_RET | BPF_K`: return a constant. */
const BPF_RET = 0x06;

/** Descriptors. */
export interface BoundUdp {
  readonly receiver: number;
  /** Absent where the system cannot do it. */
  readonly sender?: number;
}

/**
 * What the sender may be given, as UDP payload: with its headers it fits a packet of 256 bytes, the least that a path has to
 * take (docs/text-protocol.md). Below `route.min_pmtu` (552) the kernel does not say that a path takes less.
 */
export const maxSenderBytes = 228;

const inodes = new Set<string>();
/** Of the sockets of this process that only send, as /proc names them: what the kernel drops there was never for us. */
export const senderInodes: ReadonlySet<string> = inodes;

/**
 * Binds two sockets to one port, since one that only sends small datagrams costs less (docs/performance.md). Who waits by epoll
 * for a socket is asked after each datagram that has left it whether he wants to write; nobody waits for this one. And it makes no
 * fragments, so that no datagram needs a number by which its fragments would be known (ip(7), IP_MTU_DISCOVER).
 *
 * What arrives goes to the other, but for what comes while they are bound: look into the sender once. The port is ours alone
 * all the same, but for that instant: of two that share it each has to allow it, and later the receiver does not.
 * @throws the system's error when the port cannot be had.
 */
export function bindUdp(libc: Libc, options: UdpSocketOptions): BoundUdp {
  const first = bindOne(libc, options);
  // Of workers that share a port, each has one.
  const both = options.reusePort ? undefined : tryBindBeside(libc, first, options);
  return both ?? { receiver: first };
}

/** Has nobody else get the port of a socket that libuv has taken over: it allows that to who asks in the same way. */
export function keepAlone(libc: Libc, fd: number): void {
  setNumber(libc, fd, SO_REUSEADDR, 0);
}

export function closeSender(libc: Libc, sender: number): void {
  inodes.delete(inodeOf(sender));
  libc.close(sender);
}

/** @returns undefined where the system cannot do it, with the first one as it was. */
function tryBindBeside(libc: Libc, first: number, options: UdpSocketOptions): BoundUdp | undefined {
  const name = new Uint8Array(28);
  libc.getsockname(first, name, new Uint8Array(Int32Array.of(name.length).buffer));
  setNumber(libc, first, SO_REUSEPORT, 1);
  let second: number | undefined;
  try {
    second = bindOne(libc, { ...options, port: (name[2]! << 8) | name[3]!, reusePort: true });
    // Linux looks for a port at the one of IPv4 that was bound last, at the one of IPv6 that was bound first
    // (udp_lib_get_port). The receiver is the one that it finds first: it takes no detour, and keeps others out.
    const isV6 = options.family === 6;
    const [receiver, sender] = isV6 ? [first, second] : [second, first];
    // As the choice of a socket: the receiver's place. As a filter, for what goes to all of them (broadcasts): no byte.
    const isSet =
      attach(libc, second, SO_ATTACH_REUSEPORT_CBPF, isV6 ? 0 : 1) &&
      attach(libc, sender, SO_ATTACH_FILTER, 0);
    if (isSet) {
      setNumber(libc, receiver, SO_REUSEPORT, 0);
      setNumber(libc, sender, IP_MTU_DISCOVER, IP_PMTUDISC_DO, IPPROTO_IP);
      inodes.add(inodeOf(sender));
      return { receiver, sender };
    }
  } catch {
    // One socket does as well.
  }
  if (second !== undefined) libc.close(second);
  setNumber(libc, first, SO_REUSEPORT, 0);
  return undefined;
}

/** @returns the empty text where the system does not tell. */
function inodeOf(fd: number): string {
  try {
    return /\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0] ?? "";
  } catch {
    return "";
  }
}

function bindOne(libc: Libc, options: UdpSocketOptions): number {
  const { address, port, family, ipv6Only, reusePort, bufferBytes } = options;
  const isV6 = family === 6;
  const fd = libc.socket(isV6 ? AF_INET6 : AF_INET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
  if (fd < 0) throw systemError(libc.errno(), "socket");
  setNumber(libc, fd, SO_RCVBUF, bufferBytes);
  setNumber(libc, fd, SO_SNDBUF, bufferBytes);
  if (reusePort) setNumber(libc, fd, SO_REUSEPORT, 1);
  if (isV6) setNumber(libc, fd, IPV6_V6ONLY, ipv6Only ? 1 : 0, IPPROTO_IPV6);
  const name = new Remote(address, port).nameFor(isV6);
  const own = new Uint8Array(isV6 ? 28 : 16);
  own[0] = isV6 ? AF_INET6 : AF_INET;
  own.set(name, 2);
  if (libc.bind(fd, own, own.length) === 0) return fd;
  const error = systemError(libc.errno(), "bind");
  libc.close(fd);
  throw error;
}

/** Has the kernel run a program of one instruction, which returns a number (struct sock_fprog, socket(7)). */
function attach(libc: Libc, fd: number, option: number, result: number): boolean {
  const program = Buffer.alloc(24);
  program.writeUInt16LE(1, 0);
  program.writeBigUInt64LE(libc.addressOf(program) + 16n, 8);
  program.writeUInt16LE(BPF_RET, 16);
  program.writeUInt32LE(result, 20);
  return libc.setsockopt(fd, SOL_SOCKET, option, program, 16) === 0;
}

export function systemError(errno: number, call: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${call} ${code}`), { code, errno: -errno, syscall: call });
}

function setNumber(libc: Libc, fd: number, option: number, value: number, level = SOL_SOCKET): void {
  libc.setsockopt(fd, level, option, new Uint8Array(Int32Array.of(value).buffer), 4);
}
