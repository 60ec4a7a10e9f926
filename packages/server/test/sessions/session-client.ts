import { createSocket } from "node:dgram";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import {
  type CloseReason,
  CONTROL_STREAM_ID,
  type ControlMessage,
  createClientSession,
  createRecordDecoder,
  decodeControl,
  decodeRequestStream,
  decodeRoomStream,
  encodeControl,
  encodeRequestStream,
  encodeRoomStream,
  MESSAGES_VERSION,
  type RecordDecoder,
  type RequestStreamMessage,
  type RoomStreamMessage,
  type Session,
  splitStreamId,
} from "@palaver/protocol";

type Heard =
  | { readonly on: "control"; readonly message: ControlMessage }
  | {
      readonly on: "request" | "room";
      readonly stream: number;
      readonly message: RequestStreamMessage | RoomStreamMessage;
    };

/** The protocol's client over a real socket, with every message laid open. */
export interface SessionClient extends AsyncDisposable {
  readonly key: string;
  /** The protocol's own end, for what an honest client never does; `poll` sends what was written. */
  readonly session: Session;
  poll(): void;
  /** How the session ended, once it did. */
  readonly closed: Promise<CloseReason>;
  readonly heard: readonly Heard[];
  /** Streams that the hub has ended. */
  readonly ended: ReadonlySet<number>;
  control(message: ControlMessage): void;
  say(stream: number, text: string, id?: Uint8Array): Uint8Array;
  request(command: string, argv?: readonly string[], id?: Uint8Array): number;
  reset(stream: number): void;
  /** Waits for the next message, unread so far, that fits. */
  next<M extends Heard["message"]["type"]>(
    type: M,
    stream?: number,
  ): Promise<Extract<Heard["message"], { type: M }>>;
  /** All replies of a request until its end. */
  replies(stream: number): Promise<RequestStreamMessage[]>;
  /** From now on datagrams leave from another port. */
  rebind(): Promise<void>;
  /** The process is gone: nothing more is sent or read. */
  vanish(): void;
  close(): void;
}

export async function connectSession(
  port: number,
  identity: Uint8Array = randomBytes(32),
  /** False never gives back any credit. */
  consumes = true,
): Promise<SessionClient> {
  const heard: Heard[] = [];
  const unread: Heard[] = [];
  const ended = new Set<number>();
  let wake: () => void = () => {};
  const decoders = new Map<number, RecordDecoder>();
  let socket = createSocket("udp4");
  let timer: NodeJS.Timeout | undefined;
  let isGone = false;

  const hear = (item: Heard) => {
    heard.push(item);
    unread.push(item);
    wake();
  };
  const { promise: closed, resolve: end } = Promise.withResolvers<CloseReason>();
  const session = createClientSession({
    identity,
    serverAddress: "hub",
    random: randomBytes,
    nowMs: performance.now(),
    events: {
      onClose: (_session, reason) => end(reason),
      onFinish: (_session, stream) => void ended.add(stream),
      onData(_session, stream, bytes) {
        if (consumes) session.consume(stream, bytes.length);
        const decoder = decoders.get(stream) ?? createRecordDecoder();
        decoders.set(stream, decoder);
        for (const record of decoder.push(bytes)) {
          if (stream === CONTROL_STREAM_ID) {
            const message = decodeControl(record);
            if (message) hear({ on: "control", message });
          } else {
            const { kind } = splitStreamId(stream);
            const message = kind === "request" ? decodeRequestStream(record) : decodeRoomStream(record);
            if (message) hear({ on: kind === "request" ? "request" : "room", stream, message });
          }
        }
      },
    },
  });
  const poll = () => {
    clearTimeout(timer);
    if (isGone) return;
    for (const { bytes } of session.poll(performance.now())) socket.send(bytes, port, "127.0.0.1");
    const at = session.nextTimeout();
    if (at !== undefined) timer = setTimeout(poll, Math.max(0, at - performance.now()));
  };
  const listen = async () => {
    socket.on("message", (bytes) => {
      session.receive(bytes, "hub", performance.now());
      poll();
    });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
  };
  await listen();
  const client: SessionClient = {
    key: Buffer.from(session.publicKey).toString("base64url"),
    heard,
    ended,
    session,
    poll,
    closed,
    control(message) {
      session.write(CONTROL_STREAM_ID, encodeControl(message));
      poll();
    },
    say(stream, text, id = randomBytes(16)) {
      session.write(stream, encodeRoomStream({ type: "say", id, kind: "say", text }));
      poll();
      return id;
    },
    request(command, argv = [], id = randomBytes(16)) {
      const stream = session.open("request");
      if (stream === undefined) throw new Error("too many request streams");
      session.write(stream, encodeRequestStream({ type: "request", id, command, argv }));
      session.finish(stream);
      poll();
      return stream;
    },
    reset(stream) {
      session.reset(stream, "NO_ERROR");
      poll();
    },
    async next(type, stream) {
      for (;;) {
        const index = unread.findIndex(
          (item) =>
            item.message.type === type &&
            (stream === undefined || ("stream" in item && item.stream === stream)),
        );
        if (index >= 0) return unread.splice(index, 1)[0]?.message as never;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    async replies(stream) {
      await client.next("end", stream);
      return heard.flatMap((item) =>
        "stream" in item && item.stream === stream ? [item.message as RequestStreamMessage] : [],
      );
    },
    async rebind() {
      socket.close();
      socket = createSocket("udp4");
      await listen();
      session.ping();
      poll();
    },
    vanish() {
      isGone = true;
      clearTimeout(timer);
      socket.close();
    },
    close() {
      session.close();
      poll();
    },
    async [Symbol.asyncDispose]() {
      if (isGone) return;
      session.close();
      poll();
      client.vanish();
    },
  };
  client.control({ type: "hello", version: MESSAGES_VERSION, client: "test" });
  return client;
}

/** Connects and enters the lobby; `stream` is the room's. */
export async function joined(port: number, nick: string, identity?: Uint8Array, consumes = true) {
  const client = await connectSession(port, identity, consumes);
  client.control({ type: "hello", version: 1, client: "test", nick });
  client.control({ type: "join", room: "lobby" });
  const { stream } = await client.next("joined");
  return { client, stream };
}

/** Says something and waits until it is stored. */
export async function said(client: SessionClient, stream: number, text: string): Promise<number> {
  client.say(stream, text);
  return (await client.next("stored")).seq;
}
