import type { Remote } from "./remote.ts";

/**
 * Text is encoded where it is sent from; bytes are copied or sent before `send` returns. An array that is sent to several
 * is copied once: it holds other bytes only after something else was sent.
 */
export type Datagram = Uint8Array | string;

export interface UdpSocketOptions {
  /** Numeric. */
  readonly address: string;
  readonly port: number;
  readonly family: number;
  /** Leaves IPv4 to another socket on the same port. */
  readonly ipv6Only: boolean;
  /** Other sockets that say so too may be bound to the same address; the kernel chooses one by the sender. Linux. */
  readonly reusePort?: boolean;
  /** Asked of the system for each direction; it may grant less. */
  readonly bufferBytes: number;
  /** @param datagram good until this returns: its memory is used again. */
  receive(datagram: Uint8Array, from: Remote): void;
  /** An unreachable peer shows up here; it is the peer's trouble, not the hub's. */
  failed(error: Error): void;
}

/** Remotes that are sent the same bytes, again and again. */
export interface Circle {
  /** Sends it to each of them, behind what was sent before. */
  send(datagram: Uint8Array): void;
}

/** A bound UDP socket. */
export interface UdpSocket {
  readonly io: "batch" | "dgram";
  readonly port: number;
  readonly recvBufferBytes: number;
  readonly sendBufferBytes: number;
  /** Datagrams that the system did not take. */
  readonly unsent: number;
  remote(address: string, port: number): Remote;
  send(datagram: Datagram, to: Remote): void;
  circle(remotes: readonly Remote[]): Circle;
  close(): Promise<void>;
}

/** Bytes that may wait for the system to take them; what comes then is dropped and counted. */
export const maxUnsentBytes = 4 * 1024 * 1024;
