import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import type { Logger } from "pino";
import type { ListenAddress } from "../config/listen-address.ts";
import { BindError, plainAddress, type Remote, type Transport } from "./transport.ts";

// A burst on loopback overflows the kernel's default of 208 KiB after some 3,300 datagrams (measured); the kernel
// may grant less than this, and what it granted is logged.
const bufferBytes = 4 * 1024 * 1024;

export interface UdpTransport extends Transport {
  send(bytes: Uint8Array, to: Remote): void;
}

export interface UdpOptions {
  readonly listen: ListenAddress;
  /** Leaves IPv4 to another listener on the same port. */
  readonly ipv6Only: boolean;
  readonly log: Logger;
  receive(datagram: Uint8Array, from: Remote, transport: UdpTransport): void;
}

/** @throws {BindError} */
export async function createUdpTransport(options: UdpOptions): Promise<UdpTransport> {
  const { listen, log, receive } = options;
  const { address, family } = await lookup(listen.host).catch((error: NodeJS.ErrnoException) => {
    throw new BindError(listen.url, error.code ?? "ENOTFOUND", error);
  });
  const socket = createSocket({
    type: family === 6 ? "udp6" : "udp4",
    ipv6Only: family === 6 && options.ipv6Only,
    recvBufferSize: bufferBytes,
    sendBufferSize: bufferBytes,
    // Every address here is numeric, and the default look-up puts each datagram off to the next tick.
    lookup: (name, _options, callback) => callback(null, name, family),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      reject(new BindError(listen.url, error.code ?? "error", error));
    });
    socket.bind({ port: listen.port, address, exclusive: true }, resolve);
  });
  socket.removeAllListeners("error");
  // An unreachable peer shows up here; it is the peer's trouble, not the hub's.
  socket.on("error", (error) => log.debug({ err: error, url: listen.url }, "a datagram could not be sent"));

  let open = true;
  let stopped = false;
  // An IPv6 socket that serves IPv4 too wants the mapped form back.
  const mapped = family === 6 && !options.ipv6Only;
  let bound = listen.withPort(socket.address().port);
  const transport: UdpTransport = {
    asked: listen.url,
    get listen() {
      return bound;
    },
    remount(mount) {
      bound = { ...bound, mount };
    },
    connections: 0,
    send(bytes, to) {
      if (!open) return;
      const target = mapped && !to.address.includes(":") ? `::ffff:${to.address}` : to.address;
      socket.send(bytes, to.port, target);
    },
    stop() {
      stopped = true;
    },
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
  socket.on("message", (datagram, info) => {
    // Port 0 is only ever forged, and nothing can be sent there.
    if (stopped || info.port === 0) return;
    const from = mapped ? { address: plainAddress(info.address), port: info.port } : info;
    receive(datagram, from, transport);
  });
  log.info(
    {
      url: transport.listen.url,
      recvBufferBytes: socket.getRecvBufferSize(),
      sendBufferBytes: socket.getSendBufferSize(),
      askedBytes: bufferBytes,
    },
    "listening",
  );
  return transport;
}
