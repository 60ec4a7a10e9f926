import type { ListenAddress } from "../config/listen-address.ts";

/** A listening socket: what arrives goes to a `Receiver`, what leaves goes through `send`. */
export interface Transport extends AsyncDisposable {
  /** The URL it was asked for; its port may be 0. */
  readonly asked: string;
  /** As it was asked for, with the port it really has. */
  readonly listen: ListenAddress;
  /** Hands what arrives from now on to another plugin, or (undefined) to the router. */
  remount(mount: string | undefined): void;
  /** Nothing more is received; what is under way can still be answered. */
  stop(): void;
  /** Open connections; 0 for a transport without any. */
  readonly connections: number;
  /** Datagrams that the system did not take. */
  readonly unsent: number;
}

/** A socket that cannot be bound; the message is the one line for the operator. */
export class BindError extends Error {
  override readonly name = "BindError";
  readonly code: string;
  readonly url: string;

  constructor(url: string, code: string, cause: unknown) {
    super(`cannot listen on ${url}: ${reasons[code] ?? `${code}; see the address and the port`}`, { cause });
    this.code = code;
    this.url = url;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is taken; stop what uses it or choose another with --listen",
  EACCES: "not allowed; ports below 1024 need a privilege, choose a higher one with --listen",
  EADDRNOTAVAIL: "this machine has no such address; use one of its own, or 0.0.0.0 for all",
  ENOTFOUND: "no such host name; use an address of this machine",
  EAI_AGAIN: "the host name could not be looked up; use a numeric address",
  EAFNOSUPPORT: "this machine has no such address family; use an IPv4 address",
};

/** Undoes the IPv4-mapped form (RFC 4291, 2.5.5.2) in which an IPv6 socket shows IPv4 peers. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
