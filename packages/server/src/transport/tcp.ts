import { lookup } from "node:dns/promises";
import { createServer, type Socket } from "node:net";
import type { StreamConnection } from "@palaver/plugin-api";
import { encodeFrameRecord, release } from "@palaver/protocol";
import type { Logger } from "pino";
import type { ListenAddress } from "../config/listen-address.ts";
import { createStreamConnection } from "./stream-connection.ts";
import { BindError, plainAddress, type Transport } from "./transport.ts";

/** One TCP connection, as the peers see it. */
export interface Connection {
  readonly remote: { readonly address: string; readonly port: number };
  /** Cuts the connection off when too much waits to be read by the other side. */
  send(bytes: Uint8Array): void;
  /** The same, with its length before it. @param frame is looked at only until this returns. */
  sendFrame(frame: Uint8Array): void;
  /** False while so much of what was sent waits for the other side that no more should be asked for. */
  readonly isDrained: boolean;
  /** Resolves when that has left, or the connection is gone; undefined when nothing waits. */
  drained(): Promise<void> | undefined;
  /** False once it ends from our side, or the hub stops: nothing more is taken from it. */
  readonly mayRead: boolean;
  /** Stops reading; at most 128 KiB more arrive in our buffers, and the other side's sending then stops too. */
  pause(): void;
  resume(): void;
  /** Ends the connection after what was sent. */
  end(): void;
  /** As `end`, and cuts it off a second later, whatever the other side does. */
  endSoon(): void;
}

/** What a connection's bytes go to; made anew for each connection. */
export interface ConnectionHandler {
  receive(bytes: Uint8Array): void;
  /** All that was sent is with the kernel. */
  drained(): void;
  /** The other side will send nothing more, but still reads. */
  ended(): void;
  closed(): void;
}

export interface TcpOptions {
  readonly listen: ListenAddress;
  readonly ipv6Only: boolean;
  /** As for UDP. */
  readonly reusePort?: boolean;
  readonly maxConnections: number;
  readonly log: Logger;
  /** How long nothing of what was sent may be read before the connection is cut off; a minute. */
  readonly maxUnreadMs?: number;
  connect(connection: Connection, transport: Transport): ConnectionHandler;
  /** A connection was refused because all are taken. */
  crowded(): void;
  /** Takes the connections of a listener that belongs to a plugin's protocol. */
  serve(connection: StreamConnection, plugin: string): Promise<void>;
}

// Answers wait for their reader; this holds the longest reply (1 MiB) and what is said meanwhile by others, who do not
// wait. The kernel's own buffers come on top.
const maxUnreadBytes = 1280 * 1024;
const defaultMaxUnreadMs = 60_000;
// A connection that ends gets what was sent to it, if it reads that soon.
const maxLingerMs = 1000;

/** @throws {BindError} */
export async function createTcpTransport(options: TcpOptions): Promise<Transport> {
  const { listen, log, maxUnreadMs = defaultMaxUnreadMs } = options;
  const { address } = await lookup(listen.host).catch((error: NodeJS.ErrnoException) => {
    throw new BindError(listen.url, error.code ?? "ENOTFOUND", error);
  });
  const sockets = new Set<Socket>();
  let isStopped = false;
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
      const connection = connectionOf(socket, { log, maxUnreadMs, mayRead: () => !isStopped });
      const handler = options.connect(connection, transport);
      socket.on("data", (bytes: Buffer) => {
        if (connection.mayRead) handler.receive(bytes);
      });
      socket.on("drain", () => {
        socket.setTimeout(0);
        handler.drained();
      });
      socket.on("end", () => handler.ended());
      socket.on("close", () => {
        sockets.delete(socket);
        handler.closed();
      });
    },
  );
  server.maxConnections = options.maxConnections;
  server.on("drop", (dropped) => {
    log.warn({ from: dropped?.remoteAddress }, "connection refused: too many are open");
    // A plugin's protocol has bounds of its own.
    if (listen.protocol === undefined) options.crowded();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new BindError(listen.url, error.code ?? "error", error)),
    );
    const { ipv6Only, reusePort } = options;
    server.listen(
      { port: listen.port, host: address, ipv6Only, exclusive: true, ...(reusePort && { reusePort }) },
      resolve,
    );
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
      isStopped = true;
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

interface ConnectionLimits {
  readonly log: Logger;
  readonly maxUnreadMs: number;
  mayRead(): boolean;
}

function connectionOf(socket: Socket, { log, maxUnreadMs, mayRead }: ConnectionLimits): Connection {
  let isEnding = false;
  let draining: Promise<void> | undefined;
  const remote = { address: plainAddress(socket.remoteAddress ?? ""), port: socket.remotePort ?? 0 };
  const cutOff = () => {
    log.info({ from: `${remote.address}:${remote.port}` }, "dropped: it does not read what it is sent");
    socket.destroy();
  };
  socket.on("timeout", cutOff);
  const send = (bytes: Uint8Array, sent?: () => void) => {
    if (!socket.writable) return;
    // What is answered in one turn leaves in one system call.
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    // The time runs while something waits, and begins anew whenever the kernel takes some of it.
    if (!socket.write(bytes, sent) && socket.timeout !== maxUnreadMs) socket.setTimeout(maxUnreadMs);
    if (socket.writableLength > maxUnreadBytes) cutOff();
  };
  return {
    remote,
    send: (bytes) => send(bytes),
    sendFrame(frame) {
      const record = encodeFrameRecord(frame);
      send(record, () => release(record));
    },
    get isDrained() {
      return !socket.writableNeedDrain;
    },
    drained() {
      if (socket.destroyed || !socket.writableNeedDrain) return undefined;
      draining ??= new Promise<void>((resolve) => {
        const done = () => {
          socket.off("drain", done).off("close", done);
          draining = undefined;
          resolve();
        };
        socket.on("drain", done).on("close", done);
      });
      return draining;
    },
    get mayRead() {
      return mayRead() && !isEnding && !socket.destroyed;
    },
    pause: () => void socket.pause(),
    resume() {
      if (mayRead() && socket.isPaused()) socket.resume();
    },
    end: () => socket.end(),
    endSoon() {
      isEnding = true;
      endSoon(socket);
    },
  };
}
