import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  type ClientSession,
  CONTROL_STREAM_ID,
  createClientSession,
  createRecordDecoder,
  decodeControl,
  encodeControl,
  loadNativeCrypto,
  MESSAGES_VERSION,
} from "../packages/protocol/dist/index.js";
import { DeadlineQueue } from "../packages/protocol/dist/session/deadline-queue.js";

/** One of many sessions. */
export interface Member {
  readonly session: ClientSession;
  /** The stream of its room; 0 without one. */
  readonly room: number;
}

export interface MemberOptions {
  readonly nick?: string;
  /** Where it goes; without one it only says hello. */
  readonly room?: string;
  /** What comes on other streams than the control stream. */
  onData?(session: ClientSession, stream: number, bytes: Uint8Array): void;
}

/** Many sessions with one hub in this process, each with a key of its own. */
export interface Swarm {
  /** Lets so many in, many handshakes at a time. */
  enter(count: number, options: (index: number) => MemberOptions): Promise<readonly Member[]>;
  /** Something was written: it leaves before the process waits again. */
  wrote(session: ClientSession): void;
  close(): void;
}

const tickMs = 5;
// More would overflow the receive buffer of 208 KiB that a socket has where the system grants no more.
const sessionsPerSocket = 25;
const handshakesAtOnce = 32;
// docs/protocol.md, packets: the second byte, and where a HELLO has the nonce that a RETRY begins with.
const hello = 1;
const retry = 2;
const nonceBytes = 16;

/** The hub's handshakes are told apart by nonce and connection id, so that they need not wait for each other. */
export async function createSwarm(port: number): Promise<Swarm> {
  await loadNativeCrypto();
  const byCid = new Map<string, ClientSession>();
  const byNonce = new Map<string, ClientSession>();
  const socketOf = new Map<ClientSession, Socket>();
  const ready = new Set<ClientSession>();
  const deadlines = new DeadlineQueue<ClientSession>();
  const sockets: Socket[] = [];
  let flushing: NodeJS.Immediate | undefined;

  const flush = () => {
    flushing = undefined;
    const now = performance.now();
    for (let due = deadlines.first; due && due.queuedDeadlineMs <= now; due = deadlines.first) {
      deadlines.remove(due);
      ready.add(due);
    }
    for (const session of ready) {
      ready.delete(session);
      for (const { bytes } of session.poll(now)) {
        if (bytes[1] === hello)
          byNonce.set(Buffer.from(bytes).toString("latin1", 4, 4 + nonceBytes), session);
        socketOf.get(session)?.send(bytes, port, "127.0.0.1");
      }
      deadlines.set(session, session.deadlineMs);
    }
  };
  const wake = (session: ClientSession) => {
    ready.add(session);
    flushing ??= setImmediate(flush);
  };
  const receive = (bytes: Buffer) => {
    const session =
      bytes[1] === retry
        ? byNonce.get(bytes.toString("latin1", 2, 2 + nonceBytes))
        : byCid.get(bytes.toString("latin1", 2, 10));
    if (!session) return;
    session.receive(bytes, "hub", performance.now());
    wake(session);
  };
  const openSocket = async () => {
    const socket = createSocket({
      type: "udp4",
      recvBufferSize: 4 << 20,
      sendBufferSize: 4 << 20,
      lookup: (name, _options, callback) => callback(null, name, 4),
    });
    const listening = once(socket, "listening");
    socket.bind(0, "127.0.0.1");
    await listening;
    socket.on("message", receive);
    sockets.push(socket);
    return socket;
  };

  const enterOne = async (socket: Socket, { nick, room, onData }: MemberOptions): Promise<Member> => {
    const control = createRecordDecoder();
    const entered = Promise.withResolvers<number>();
    let isIn = false;
    const session: ClientSession = createClientSession({
      identity: randomBytes(32),
      serverAddress: "hub",
      random: randomBytes,
      nowMs: performance.now(),
      handshakeTimeoutMs: 60_000,
      events: {
        onData(_session, stream, bytes) {
          session.consume(stream, bytes.length);
          if (stream !== CONTROL_STREAM_ID) return onData?.(session, stream, bytes);
          // Afterwards it is told who else comes and goes.
          if (isIn) return;
          for (const record of control.push(bytes)) {
            const message = decodeControl(record);
            if (message?.type === "joined") entered.resolve(message.stream);
            if (message?.type === "welcome" && room === undefined) entered.resolve(0);
            if (message?.type === "error") entered.reject(new Error(message.message));
          }
        },
        onClose: (_session, { text }) => entered.reject(new Error(text)),
      },
    });
    byCid.set(session.localCid, session);
    socketOf.set(session, socket);
    const greeting = { type: "hello", version: MESSAGES_VERSION, client: "bench", nick } as const;
    session.write(CONTROL_STREAM_ID, encodeControl(greeting));
    if (room !== undefined) session.write(CONTROL_STREAM_ID, encodeControl({ type: "join", room }));
    wake(session);
    const stream = await entered.promise;
    isIn = true;
    return { session, room: stream };
  };

  const ticking = setInterval(flush, tickMs);
  return {
    wrote: wake,
    async enter(count, options) {
      const members: Member[] = Array.from({ length: count });
      let next = 0;
      let socket: Promise<Socket> | undefined;
      const enterSome = async () => {
        while (next < count) {
          const index = next++;
          if (index % sessionsPerSocket === 0) socket = openSocket();
          members[index] = await enterOne(await socket!, options(index));
        }
      };
      await Promise.all(Array.from({ length: handshakesAtOnce }, enterSome));
      byNonce.clear();
      return members;
    },
    close() {
      clearInterval(ticking);
      clearImmediate(flushing);
      for (const each of sockets) each.close();
    },
  };
}
