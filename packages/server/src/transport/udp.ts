import { lookup } from "node:dns/promises";
import type { Logger } from "pino";
import type { ListenAddress } from "../config/listen-address.ts";
import { tryLoadLibc } from "./libc.ts";
import type { Remote } from "./remote.ts";
import { BindError, type Transport } from "./transport.ts";
import { openBatchSocket } from "./udp-batch.ts";
import { openDgramSocket } from "./udp-dgram.ts";
import type { Circle, Datagram, UdpSocketOptions } from "./udp-socket.ts";

/** How datagrams are received and sent: `auto` takes batches where the system has them. */
export type Io = "auto" | "dgram";

// A burst on loopback overflows the kernel's default of 208 KiB after some 3,300 datagrams (measured); the kernel
// may grant less than this, and what it granted is logged.
const bufferBytes = 4 * 1024 * 1024;

export interface UdpTransport extends Transport {
  remote(address: string, port: number): Remote;
  send(datagram: Datagram, to: Remote): void;
  circle(remotes: readonly Remote[]): Circle;
}

/** How datagrams get to a peer. */
export interface Route {
  readonly transport: UdpTransport;
  readonly to: Remote;
}

export interface UdpOptions {
  readonly listen: ListenAddress;
  /** Leaves IPv4 to another listener on the same port. */
  readonly ipv6Only: boolean;
  /** See `UdpSocketOptions`. */
  readonly reusePort?: boolean;
  readonly io: Io;
  readonly log: Logger;
  /** @param datagram good until this returns: its memory is used again. */
  receive(datagram: Uint8Array, from: Remote, transport: UdpTransport): void;
}

/** @throws {BindError} */
export async function createUdpTransport(options: UdpOptions): Promise<UdpTransport> {
  const { listen, log, receive } = options;
  const refused = (error: NodeJS.ErrnoException, code: string): never => {
    throw new BindError(listen.url, error.code ?? code, error);
  };
  const { address, family } = await lookup(listen.host).catch((error) => refused(error, "ENOTFOUND"));
  let stopped = false;
  const socketOptions: UdpSocketOptions = {
    address,
    port: listen.port,
    family,
    ipv6Only: options.ipv6Only,
    ...(options.reusePort && { reusePort: true }),
    bufferBytes,
    receive(datagram, from) {
      if (!stopped) receive(datagram, from, transport);
    },
    failed: (error) => log.debug({ err: error, url: listen.url }, "a datagram could not be sent"),
  };
  const libc = options.io === "auto" ? await tryLoadLibc() : undefined;
  const opening = libc ? openBatchSocket(libc, socketOptions) : openDgramSocket(socketOptions);
  const socket = await opening.catch((error) => refused(error, "error"));

  let isOpen = true;
  let bound = listen.withPort(socket.port);
  const transport: UdpTransport = {
    asked: listen.url,
    get listen() {
      return bound;
    },
    remount(mount) {
      bound = { ...bound, mount };
    },
    connections: 0,
    get unsent() {
      return socket.unsent;
    },
    remote: (host, port) => socket.remote(host, port),
    send(datagram, to) {
      if (isOpen) socket.send(datagram, to);
    },
    circle(remotes) {
      const circle = socket.circle(remotes);
      return {
        send(datagram) {
          if (isOpen) circle.send(datagram);
        },
      };
    },
    stop() {
      stopped = true;
    },
    async [Symbol.asyncDispose]() {
      if (!isOpen) return;
      isOpen = false;
      await socket.close();
    },
  };
  const { io, recvBufferBytes, sendBufferBytes } = socket;
  log.info(
    { url: transport.listen.url, io, recvBufferBytes, sendBufferBytes, askedBytes: bufferBytes },
    "listening",
  );
  return transport;
}
