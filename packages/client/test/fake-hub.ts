import {
  type CommandSummary,
  CONTROL_STREAM_ID,
  type ControlMessage,
  createRecordDecoder,
  createRecordSplitter,
  createServerEndpoint,
  decodeControl,
  decodeRequestStream,
  decodeRoomStream,
  encodeControl,
  encodeFrameRecord,
  encodeRequestStream,
  encodeRoomStream,
  type RecordDecoder,
  type ReplyMessage,
  type RoomStreamMessage,
  type Session,
  splitStreamId,
} from "@palaver/protocol";
import { randomBytes } from "node:crypto";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

type Message = Extract<RoomStreamMessage, { type: "message" }>;

/** What a hub keeps on disk: it outlives a `FakeHub` that is killed. */
export interface World {
  readonly key: Uint8Array;
  readonly rooms: Map<string, { messages: Message[]; ids: Map<string, number> }>;
  readonly calls: Map<string, FakeCall>;
  /** Command lines that were really run, in order. */
  readonly ran: string[];
}

export function createWorld(): World {
  return { key: randomBytes(32), rooms: new Map(), calls: new Map(), ran: [] };
}

/** One call of a command; its answer can be read again under the same id. */
export interface FakeCall {
  readonly argv: readonly string[];
  readonly isAborted: boolean;
  reply(message: ReplyMessage): void;
}

interface LiveCall extends FakeCall {
  isAborted: boolean;
  readonly records: Uint8Array[];
  readonly readers: Set<(record: Uint8Array | undefined) => void>;
  isEnded: boolean;
}

export interface FakeHubOptions {
  readonly world?: World;
  readonly port?: number;
  readonly carriers?: readonly ("udp" | "tcp")[];
  readonly commands?: { readonly [name: string]: (call: FakeCall) => void };
  /** The commands that the welcome names. */
  readonly listed?: readonly CommandSummary[];
  /** Answers to control messages instead of the usual ones; true when it was dealt with. */
  readonly onControl?: (peer: FakePeer, message: ControlMessage) => boolean;
}

export interface FakePeer {
  readonly session: Session;
  nick: string;
  readonly heard: ControlMessage[];
  say(message: ControlMessage): void;
  /** The stream of each room. */
  readonly rooms: Map<string, number>;
  write(stream: number, record: Uint8Array): void;
}

export interface FakeHub extends AsyncDisposable {
  readonly port: number;
  readonly world: World;
  readonly peers: readonly FakePeer[];
  /** The type of each frame that came, also while deaf; the last thousand. */
  readonly frameTypes: readonly number[];
  /** A deaf hub reads nothing and says nothing. */
  isDeaf: boolean;
  /** Nothing more reaches the clients in the sessions there are now; what they send is heard. */
  muteSessions(): void;
  /** Stores a message as if somebody had said it. */
  store(room: string, text: string, from?: string, id?: string): number;
  broadcast(room: string, message: RoomStreamMessage): void;
  /** What was done with messages, and who writes, as it came. */
  readonly acts: RoomStreamMessage[];
  /** Tells every session and stops. */
  close(): Promise<void>;
  /** Stops at once, without a word. */
  kill(): Promise<void>;
}

/** A hub in the test's own process, on real sockets: the server's session core with the simplest application on it. */
export async function startFakeHub(options: FakeHubOptions = {}): Promise<FakeHub> {
  const { world = createWorld(), carriers = ["udp"] } = options;
  const peers: FakePeer[] = [];
  const connections = new Map<string, Socket>();
  const decoders = new Map<Session, Map<number, RecordDecoder>>();
  const waiting = new Map<Session, Map<number, (Uint8Array | "end")[]>>();
  let timer: NodeJS.Timeout | undefined;
  let udp: UdpSocket | undefined;
  let tcp: Server | undefined;
  let isOver = false;
  const frameTypes: number[] = [];
  const reachedCids = new Set<string>();
  let mutedCids: ReadonlySet<string> = new Set();

  const endpoint = createServerEndpoint({
    staticKey: world.key,
    random: randomBytes,
    events: {
      onSession(session) {
        const heard: ControlMessage[] = [];
        const rooms = new Map<string, number>();
        const write = (stream: number, record: Uint8Array) => send(session, stream, record);
        const say = (message: ControlMessage) => write(CONTROL_STREAM_ID, encodeControl(message));
        const peer: FakePeer = { session, nick: "", heard, say, rooms, write };
        session.app = peer;
        peers.push(peer);
      },
      onData(session, stream, bytes) {
        session.consume(stream, bytes.length);
        const peer = session.app as FakePeer;
        for (const record of decoderOf(session, stream).push(bytes)) {
          const { kind } = splitStreamId(stream);
          if (stream === CONTROL_STREAM_ID) onControl(peer, decodeControl(record) as ControlMessage);
          else if (kind === "room") onSaid(peer, stream, decodeRoomStream(record) as RoomStreamMessage);
          else onRequest(peer, stream, decodeRequestStream(record) as { type: "request" } & Request);
        }
      },
      onReset(session, stream) {
        for (const call of world.calls.values() as Iterable<LiveCall>)
          if (call.readers.delete(readerOf(session, stream))) call.isAborted = true;
      },
      onClose(session) {
        const at = peers.indexOf(session.app as FakePeer);
        if (at >= 0) peers.splice(at, 1);
      },
    },
  });

  interface Request {
    readonly id: Uint8Array;
    readonly command: string;
    readonly argv: readonly string[];
  }

  function decoderOf(session: Session, stream: number): RecordDecoder {
    const known = decoders.get(session) ?? new Map<number, RecordDecoder>();
    decoders.set(session, known);
    const decoder = known.get(stream) ?? createRecordDecoder();
    known.set(stream, decoder);
    return decoder;
  }

  function send(session: Session, stream: number, record: Uint8Array | "end"): void {
    const streams = waiting.get(session) ?? new Map<number, (Uint8Array | "end")[]>();
    waiting.set(session, streams);
    streams.set(stream, [...(streams.get(stream) ?? []), record]);
    flush(session, stream);
  }

  function flush(session: Session, stream: number): void {
    const queue = waiting.get(session)?.get(stream) ?? [];
    for (let record = queue[0]; record; record = queue[0]) {
      if (record === "end") session.finish(stream);
      else {
        const accepted = session.write(stream, record);
        if (accepted < record.length) {
          queue[0] = record.subarray(accepted);
          break;
        }
      }
      queue.shift();
    }
    setImmediate(poll);
  }

  const readers = new Map<string, (record: Uint8Array | undefined) => void>();
  function readerOf(session: Session, stream: number): (record: Uint8Array | undefined) => void {
    const name = `${Buffer.from(session.localCid, "latin1").toString("hex")} ${stream}`;
    const known = readers.get(name) ?? ((record) => send(session, stream, record ?? "end"));
    readers.set(name, known);
    return known;
  }

  function onControl(peer: FakePeer, message: ControlMessage): void {
    peer.heard.push(message);
    if (options.onControl?.(peer, message)) return;
    if (message.type === "hello") {
      peer.nick = message.nick ?? "guest";
      const commands = options.listed ?? [{ name: "echo", usage: "<word>", summary: "says it again" }];
      peer.say({
        type: "welcome",
        version: 1,
        hub: "fake",
        nick: peer.nick,
        roles: [],
        commands: [...commands],
      });
    } else if (message.type === "join") {
      const { messages } = roomOf(message.room);
      const stream = peer.session.open("room") as number;
      peer.rooms.set(message.room, stream);
      peer.write(stream, encodeRoomStream({ type: "enter", room: message.room }));
      const seq = messages.length;
      const members = peers
        .filter(({ rooms }) => rooms.has(message.room))
        .map(({ nick }) => ({ nick, state: "online" as const }));
      peer.say({ type: "joined", room: message.room, stream, seq, members });
      const since = message.since ?? Math.max(0, seq - 3);
      for (const one of messages) if (one.seq > since) peer.write(stream, encodeRoomStream(one));
    } else if (message.type === "part") {
      const stream = peer.rooms.get(message.room);
      peer.rooms.delete(message.room);
      if (stream !== undefined) send(peer.session, stream, "end");
      peer.say({ type: "part", room: message.room });
    }
  }

  function onSaid(peer: FakePeer, stream: number, message: RoomStreamMessage): void {
    if (message.type === "act" || message.type === "typing") hub.acts.push(message);
    if (message.type === "act")
      peer.write(stream, encodeRoomStream({ type: "stored", id: message.id, seq: 100 + hub.acts.length }));
    if (message.type !== "say") return;
    const room = [...peer.rooms].find(([, id]) => id === stream)?.[0];
    if (room === undefined) return;
    if (message.text === "refuse me") {
      peer.write(stream, encodeRoomStream({ type: "refused", id: message.id, text: "not\u001b[31m that" }));
      return;
    }
    const seq = hub.store(room, message.text, peer.nick, Buffer.from(message.id).toString("hex"));
    peer.write(stream, encodeRoomStream({ type: "stored", id: message.id, seq }));
  }

  function onRequest(peer: FakePeer, stream: number, { id, command, argv }: Request): void {
    const name = Buffer.from(id).toString("hex");
    const reader = readerOf(peer.session, stream);
    let call = world.calls.get(name) as LiveCall | undefined;
    if (!call) {
      const live: LiveCall = {
        argv,
        records: [],
        readers: new Set(),
        isEnded: false,
        isAborted: false,
        reply(reply) {
          const record = encodeRequestStream(reply);
          live.records.push(record);
          live.isEnded = reply.type === "end";
          for (const read of live.readers) {
            read(record);
            if (live.isEnded) read(undefined);
          }
        },
      };
      call = live;
      world.calls.set(name, live);
      world.ran.push([command, ...argv].join(" "));
      live.readers.add(reader);
      const run = options.commands?.[command];
      if (run) run(live);
      else live.reply({ type: "end", code: "FORBIDDEN", message: `no command ${command}` });
      return;
    }
    for (const record of call.records) reader(record);
    if (call.isEnded) reader(undefined);
    else call.readers.add(reader);
  }

  function roomOf(name: string): { messages: Message[]; ids: Map<string, number> } {
    const room = world.rooms.get(name) ?? { messages: [], ids: new Map<string, number>() };
    world.rooms.set(name, room);
    return room;
  }

  function receive(frame: Uint8Array, from: string): void {
    frameTypes.push(frame[1] ?? 0);
    if (frameTypes.length > 1000) frameTypes.shift();
    if (isOver || hub.isDeaf) return;
    endpoint.receive(frame, from, performance.now());
    for (const [session, streams] of waiting) for (const stream of streams.keys()) flush(session, stream);
    poll();
  }

  function poll(): void {
    clearTimeout(timer);
    if (isOver) return;
    for (const { to, bytes } of endpoint.poll(performance.now())) {
      const cid = Buffer.from(bytes.subarray(2, 10)).toString("hex");
      reachedCids.add(cid);
      if (hub.isDeaf || mutedCids.has(cid)) continue;
      const connection = connections.get(to);
      const colon = to.lastIndexOf(":");
      if (connection) connection.write(encodeFrameRecord(bytes));
      else if (udp) udp.send(bytes, Number(to.slice(colon + 1)), to.slice(0, colon));
    }
    const at = endpoint.nextTimeout();
    if (at !== undefined) timer = setTimeout(poll, Math.max(0, at - performance.now()));
  }

  const hub: FakeHub = {
    port: 0,
    world,
    peers,
    isDeaf: false,
    frameTypes,
    acts: [],
    muteSessions: () => void (mutedCids = new Set(reachedCids)),
    store(room, text, from = "somebody", id = randomBytes(16).toString("hex")) {
      const { messages, ids } = roomOf(room);
      const known = ids.get(id);
      if (known !== undefined) return known;
      const message: Message = {
        type: "message",
        seq: messages.length + 1,
        atMs: 1_795_000_000_000 + messages.length,
        from,
        text,
        kind: "say",
      };
      messages.push(message);
      ids.set(id, message.seq);
      hub.broadcast(room, message);
      return message.seq;
    },
    broadcast(room, message) {
      for (const peer of peers) {
        const stream = peer.rooms.get(room);
        if (stream !== undefined) peer.write(stream, encodeRoomStream(message));
      }
    },
    async close() {
      endpoint.close("going down");
      poll();
      await hub.kill();
    },
    async kill() {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      for (const connection of connections.values()) connection.destroy();
      await Promise.all([
        udp && new Promise<void>((resolve) => udp?.close(() => resolve())),
        tcp && new Promise<void>((resolve) => tcp?.close(() => resolve())),
      ]);
    },
    [Symbol.asyncDispose]: () => hub.kill(),
  };

  let { port = 0 } = options;
  if (carriers.includes("udp")) {
    // Without a look-up what is sent has left when `kill` closes the socket.
    udp = createSocket({ type: "udp4", lookup: (name, _options, callback) => callback(null, name, 4) });
    udp.on("message", (bytes, { address, port: from }) => receive(bytes, `${address}:${from}`));
    const listening = once(udp, "listening");
    udp.bind(port, "127.0.0.1");
    await listening;
    ({ port } = udp.address());
  }
  if (carriers.includes("tcp")) {
    tcp = createServer((connection) => {
      const name = `127.0.0.1:${connection.remotePort}`;
      const splitter = createRecordSplitter();
      connections.set(name, connection);
      connection.on("data", (chunk: Buffer) => {
        splitter.push(chunk);
        for (let record = splitter.next(); record; record = splitter.next()) receive(record.bytes, name);
      });
      connection.on("error", () => {});
      connection.on("close", () => connections.delete(name));
    });
    tcp.listen(port, "127.0.0.1");
    await once(tcp, "listening");
    ({ port } = tcp.address() as { port: number });
  }
  return Object.assign(hub, { port });
}
