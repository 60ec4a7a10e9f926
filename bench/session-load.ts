// Opens PEERS sessions in the lobby of the hub on PORT and lets them speak in turn, WINDOW messages under way at a time,
// or RATE a second, once a line comes on standard input; counts what each one gets, and prints a line of JSON.
// Usage: node bench/session-load.ts PORT PEERS SECONDS WINDOW RATE
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
  encodeRoomStream,
  MESSAGES_VERSION,
  loadNativeAead,
} from "../packages/protocol/dist/index.js";

const sessionsPerSocket = 25;
const tickMs = 5;
// docs/protocol.md, room streams.
const roomMessage = 0x43;

interface Member {
  readonly session: ClientSession;
  readonly room: number;
}

const [port = 0, count = 0, seconds = 0, window = 1, rate = 0] = process.argv.slice(2).map(Number);
await loadNativeAead();
let heard = 0;
// When each message was said, and the milliseconds that each delivery took; only at a rate.
const saidAt: number[] = [];
const delays: number[] = [];
const members: Member[] = [];
const flushes: (() => void)[] = [];

/** One session after the other; they share a socket, and answers are told apart by connection id. */
async function enter(socket: Socket, byCid: Map<string, ClientSession>): Promise<Member> {
  const control = createRecordDecoder();
  const records = createRecordDecoder();
  const joined = Promise.withResolvers<number>();
  const session = createClientSession({
    identity: randomBytes(32),
    serverAddress: "hub",
    random: randomBytes,
    nowMs: performance.now(),
    events: {
      onData(from, stream, bytes) {
        from.consume(stream, bytes.length);
        if (stream === CONTROL_STREAM_ID) {
          for (const record of control.push(bytes)) {
            const message = decodeControl(record);
            if (message?.type === "joined") joined.resolve(message.stream);
            if (message?.type === "error") joined.reject(new Error(message.message));
          }
          return;
        }
        for (const { type, body } of records.push(bytes)) {
          if (type !== roomMessage) continue;
          heard++;
          if (rate === 0) continue;
          const [, number] = /message (\d+),/.exec(Buffer.from(body).toString("latin1")) ?? [];
          delays.push(performance.now() - (saidAt[Number(number)] ?? Number.NaN));
        }
      },
    },
  });
  byCid.set(session.localCid, session);
  const nick = `peer${members.length}`;
  session.write(
    CONTROL_STREAM_ID,
    encodeControl({ type: "hello", version: MESSAGES_VERSION, client: "bench", nick }),
  );
  session.write(CONTROL_STREAM_ID, encodeControl({ type: "join", room: "lobby" }));
  const flush = () => {
    for (const { bytes } of session.poll(performance.now())) socket.send(bytes, port, "127.0.0.1");
  };
  flush();
  const again = setInterval(flush, tickMs);
  try {
    return { session, room: await joined.promise };
  } finally {
    clearInterval(again);
  }
}

async function openSocket(sessions: number): Promise<void> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const byCid = new Map<string, ClientSession>();
  // The answers of a handshake carry no connection id that we know.
  const newest = (): ClientSession | undefined => [...byCid.values()].at(-1);
  const waiting = new Set<ClientSession>();
  const flush = () => {
    const now = performance.now();
    for (const session of waiting)
      for (const { bytes } of session.poll(now)) socket.send(bytes, port, "127.0.0.1");
    waiting.clear();
  };
  socket.on("message", (bytes) => {
    const session = byCid.get(bytes.toString("latin1", 2, 10)) ?? newest();
    session?.receive(bytes, "hub", performance.now());
    if (!session) return;
    if (waiting.size === 0) setImmediate(flush);
    waiting.add(session);
  });
  for (let opened = 0; opened < sessions; opened++) members.push(await enter(socket, byCid));
  flushes.push(() => {
    const now = performance.now();
    for (const session of byCid.values())
      if ((session.nextTimeout() ?? Infinity) <= now)
        for (const { bytes } of session.poll(now)) socket.send(bytes, port, "127.0.0.1");
  });
}

for (let opened = 0; opened < count; opened += sessionsPerSocket)
  await openSocket(Math.min(sessionsPerSocket, count - opened));
setInterval(() => flushes.forEach((flush) => flush()), tickMs);
process.stdout.write("ready\n");
await once(process.stdin, "data");

const start = performance.now();
heard = 0;
let said = 0;
const elapsed = () => (performance.now() - start) / 1000;
const isDue = () =>
  rate > 0 ? said < elapsed() * rate : said * count - heard < window * count && said * count >= heard;
while (elapsed() < seconds) {
  while (isDue()) {
    const { session, room } = members[said % count];
    saidAt[said] = performance.now();
    const text = `message ${said++}, as long as people's are`;
    session.write(room, encodeRoomStream({ type: "say", id: randomBytes(16), kind: "say", text }));
  }
  flushes.forEach((flush) => flush());
  await new Promise((resolve) => void setImmediate(resolve));
}
const used = elapsed();
delays.sort((one, other) => one - other);
const delay = (share: number) => delays[Math.floor(share * (delays.length - 1))] ?? 0;
const counted = { messages: said, deliveries: heard, lost: 0, seconds: used };
process.stdout.write(`${JSON.stringify({ ...counted, p50Ms: delay(0.5), p99Ms: delay(0.99) })}\n`);
process.exit();
