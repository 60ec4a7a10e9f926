import { lookup } from "node:dns/promises";
import { createServer, type Socket } from "node:net";
import type { StreamConnection } from "@palaver/plugin-api";
import type { Logger } from "pino";
import type { ListenAddress } from "../config/listen-address.ts";
import { createStreamConnection } from "./stream-connection.ts";
import { BindError, plainAddress, type Transport } from "./transport.ts";

/** One TCP connection, as the peers see it. */
export interface Connection {
  readonly remote: { readonly address: string; readonly port: number };
  send(bytes: Uint8Array): void;
  /** Ends the connection after what was sent. */
  end(): void;
}

/** What a connection's bytes go to; made anew for each connection. */
export interface ConnectionHandler {
  receive(bytes: Uint8Array): void;
  /** The other side will send nothing more, but still reads. */
  ended(): void;
  closed(): void;
}

export interface TcpOptions {
  readonly listen: ListenAddress;
  readonly ipv6Only: boolean;
  readonly maxConnections: number;
  readonly log: Logger;
  connect(connection: Connection, transport: Transport): ConnectionHandler;
  /** Takes the connections of a listener that belongs to a plugin's protocol. */
  serve(connection: StreamConnection, plugin: string): Promise<void>;
}

// A reader that lets this much pile up is not reading; the kernel's own buffers come on top.
const maxUnreadBytes = 256 * 1024;
// A connection that ends gets what was sent to it, if it reads that soon.
const maxLingerMs = 1000;

/** @throws {BindError} */
export async function createTcpTransport(options: TcpOptions): Promise<Transport> {
  const { listen, log } = options;
  const { address } = await lookup(listen.host).catch((error: NodeJS.ErrnoException) => {
    throw new BindError(listen.url, error.code ?? "ENOTFOUND", error);
  });
  const sockets = new Set<Socket>();
  const server = createServer(
    { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
    (socket) => {
      sockets.add(socket);
      // A reset is an ordinary way to leave.
      socket.on("error", (error) => log.debug({ err: error }, "connection failed"));
      if (listen.protocol !== undefined) {
        socket.on("close", () => sockets.delete(socket));
        const ended = options.serve(createStreamConnection(socket), listen.protocol);
        void ended.finally(() => endSoon(socket));
        return;
      }
      const handler = options.connect(connectionOf(socket, log), transport);
      socket.on("data", (bytes: Buffer) => handler.receive(bytes));
      socket.on("end", () => handler.ended());
      socket.on("close", () => {
        sockets.delete(socket);
        handler.closed();
      });
    },
  );
  server.maxConnections = options.maxConnections;
  server.on("drop", (dropped) =>
    log.warn({ from: dropped?.remoteAddress }, "connection refused: too many are open"),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new BindError(listen.url, error.code ?? "error", error)),
    );
    server.listen({ port: listen.port, host: address, ipv6Only: options.ipv6Only, exclusive: true }, resolve);
  });
  server.removeAllListeners("error");
  server.on("error", (error) =>
    log.warn({ err: error, url: listen.url }, "a connection could not be accepted"),
  );

  const own = server.address();
  let bound = listen.withPort(typeof own === "object" && own ? own.port : listen.port);
  const transport: Transport = {
    asked: listen.url,
    get listen() {
      return bound;
    },
    remount(mount) {
      bound = { ...bound, mount };
    },
    get connections() {
      return sockets.size;
    },
    unsent: 0,
    stop() {
      server.close();
      for (const socket of sockets) socket.pause();
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      // What was sent leaves first; a peer that does not read it within a second is cut off.
      for (const socket of sockets) socket.end().resume();
      const cutOff = setTimeout(() => sockets.forEach((socket) => socket.destroy()), maxLingerMs);
      await closed;
      clearTimeout(cutOff);
    },
  };
  log.info({ url: transport.listen.url }, "listening");
  return transport;
}

/** Ends a connection after what was sent, also when the other side neither reads nor ends. */
function endSoon(socket: Socket): void {
  if (socket.destroyed) return;
  socket.end().resume();
  const cutOff = setTimeout(() => socket.destroy(), maxLingerMs);
  socket.once("close", () => clearTimeout(cutOff));
}

function connectionOf(socket: Socket, log: Logger): Connection {
  const remote = { address: plainAddress(socket.remoteAddress ?? ""), port: socket.remotePort ?? 0 };
  return {
    remote,
    send(bytes) {
      if (!socket.writable) return;
      socket.write(bytes);
      if (socket.writableLength > maxUnreadBytes) {
        log.info({ from: `${remote.address}:${remote.port}` }, "dropped: it does not read what it is sent");
        socket.destroy();
      }
    },
    end: () => socket.end(),
  };
}
