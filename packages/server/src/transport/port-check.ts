import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import type { ListenAddress } from "../config/listen-address.ts";
import { BindError } from "./transport.ts";

/**
 * Sees whether a port is free that is going to be shared: sockets that share could be bound beside those of another hub,
 * and each of the two would get a part of what arrives.
 * @throws {BindError}
 */
export async function checkFree(listen: ListenAddress, ipv6Only: boolean): Promise<void> {
  const { host, port, transport, url } = listen;
  if (port === 0) return;
  try {
    const { address, family } = await lookup(host);
    await using place = transport === "udp" ? udpPlace(family, ipv6Only) : tcpPlace();
    await place.take(port, address, ipv6Only);
  } catch (error) {
    throw new BindError(url, (error as NodeJS.ErrnoException).code ?? "error", error);
  }
}

function udpPlace(family: number, ipv6Only: boolean) {
  const isV6 = family === 6;
  const socket = createSocket({ type: isV6 ? "udp6" : "udp4", ipv6Only: isV6 && ipv6Only });
  return {
    async take(port: number, address: string) {
      socket.bind({ port, address, exclusive: true });
      await once(socket, "listening");
    },
    async [Symbol.asyncDispose]() {
      socket.close();
    },
  };
}

function tcpPlace() {
  const server = createServer((socket) => socket.destroy());
  return {
    async take(port: number, host: string, ipv6Only: boolean) {
      server.listen({ port, host, ipv6Only, exclusive: true });
      await once(server, "listening");
    },
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
