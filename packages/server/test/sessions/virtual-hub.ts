import { randomBytes } from "node:crypto";
import type { AnyCommand, RoomMessage } from "@palaver/plugin-api";
import { createEntry } from "@palaver/plugin-api/host";
import {
  CONTROL_STREAM_ID,
  createClientSession,
  createRecordDecoder,
  decodeControl,
  decodeRequestStream,
  decodeRoomStream,
  encodeControl,
  encodeRequestStream,
  encodeRoomStream,
  type ControlMessage,
  type RecordDecoder,
  type RequestStreamMessage,
  type RoomStreamMessage,
  type Session,
  splitStreamId,
} from "@palaver/protocol";
import { pino } from "pino";
import { createSeededRandom } from "../../../protocol/test/seeded-random.ts";
import { createGuard } from "../../src/plugin-host/guard.ts";
import { createRegistry } from "../../src/registry.ts";
import { route } from "../../src/router.ts";
import { Sessions } from "../../src/sessions/sessions.ts";
import type { Identities } from "../../src/users/identities.ts";
import { RoomDirectory } from "../../src/users/rooms.ts";
import { UserDirectory } from "../../src/users/users.ts";

export interface LinkOptions {
  loss: number;
  duplicate: number;
  delayMs: number;
  jitterMs: number;
}

/** The hub's sessions and router with the given commands and rooms in memory. Everything runs on vitest's fake timers. */
export function createVirtualHub(seed: number, commands: Readonly<Record<string, AnyCommand>>) {
  const random = createSeededRandom(seed);
  const link: LinkOptions = { loss: 0, duplicate: 0, delayMs: 10, jitterMs: 0 };
  const stored = new Map<string, RoomMessage[]>();
  const journal = new Set<string>();
  const offline: string[] = [];
  const received: string[] = [];
  const listeners = new Map<string, (bytes: Uint8Array) => void>();
  const key = randomBytes(32);
  const identities: Identities = {
    find: () => undefined,
    ownerOf: () => undefined,
    claim: () => {},
    grant: () => false,
    revoke: () => false,
    all: () => [],
    journal(user, id) {
      if (journal.has(`${user} ${id}`)) return false;
      journal.add(`${user} ${id}`);
      return true;
    },
    [Symbol.dispose]: () => {},
  };
  const history = {
    latest: (room: string) => stored.get(room)?.length ?? 0,
    after: (room: string, seq: number, count: number) => (stored.get(room) ?? []).slice(seq, seq + count),
  };
  // A fault of the commands here is a fault of the test.
  const log = pino(
    { level: "error" },
    {
      write(line) {
        throw new Error(line);
      },
    },
  );
  const registry = createRegistry([
    {
      name: "test",
      instance: { commands, history },
      entries: Object.entries(commands).map(([name, command]) => createEntry(name, command)),
      guard: createGuard({ plugin: "test", log, onOff: () => {} }),
    },
  ]);

  /** Sends over the link, and lets the link do what it does. */
  function carry(deliver: () => void): void {
    if (random.chance(link.loss)) return;
    for (let copies = random.chance(link.duplicate) ? 2 : 1; copies > 0; copies--)
      setTimeout(deliver, link.delayMs + random.next() * link.jitterMs);
  }

  // Nothing was heard since `beforeSend` was called.
  let isSettled = true;

  function start() {
    const users: UserDirectory = new UserDirectory({
      refusal: () => undefined,
      maxUsers: () => 100,
      identities,
      findPeer: (id) => sessions.get(id),
      online: () => {},
      offline(user, reason) {
        offline.push(`${user.nick}: ${reason}`);
        for (const room of rooms.of(user.id)) rooms.part(room, user.id);
      },
    });
    const rooms: RoomDirectory = new RoomDirectory({
      maxRooms: () => 100,
      findPeer: (id) => users.peer(id),
      published: () => {},
      waiting: () => sessions.flush(),
      beforeSend: () => {},
    });
    const sessions = new Sessions({
      key,
      hubName: "test",
      maxSessions: 100,
      handshakesPerSecond: 1000,
      refusal: () => undefined,
      beforeSend: () => void (isSettled = true),
      users,
      rooms,
      identities,
      registry: () => registry,
      received: (user, receipt) => void received.push(`${user.key?.slice(0, 4)} ${receipt}`),
      route(message, from, sink) {
        if (message.kind === "command" && message.command === "join") {
          rooms.join(message.argv[0] ?? "", from.caller.id);
          sink.end();
        } else if (message.kind === "command" && message.command === "say") {
          const [room = "", text = ""] = [message.argv[0]?.slice(1), message.argv[1]];
          const all = stored.get(room) ?? [];
          const said = {
            room,
            seq: all.length + 1,
            at: Date.now(),
            from: from.caller.nick ?? "",
            kind: "say",
            text,
          } as const;
          stored.set(room, [...all, said]);
          rooms.publish(said);
          void sink.reply({ text: "", data: { seq: said.seq } });
          sink.end();
        } else route(message, from, registry, sink, Date.now());
      },
      now: () => Date.now(),
      send(bytes, address) {
        if (!isSettled) throw new Error("sent before what plugins wrote was committed");
        carry(() => listeners.get(address)?.(bytes));
      },
    });
    const sweeper = setInterval(() => sessions.sweep(), 5000);
    return { sessions, users, sweeper };
  }

  let life = start();
  return {
    link,
    /** Who went offline, and why. */
    offline,
    /** The receipts that came back, behind the first characters of whose key. */
    received,
    get users() {
      return life.users;
    },
    get sessions() {
      return life.sessions;
    },
    /** The process is killed and started anew: only the journal is left. */
    restart() {
      clearInterval(life.sweeper);
      life = start();
    },
    /** From now on this address hears the hub; the function given back sends to it. */
    attach(address: string, receive: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
      listeners.set(address, receive);
      return (bytes) =>
        carry(() => {
          isSettled = false;
          life.sessions.receive(bytes, address);
        });
    },
    detach: (address: string) => void listeners.delete(address),
  };
}

export type VirtualHub = ReturnType<typeof createVirtualHub>;

let ports = 1024;

/** A client of a virtual hub, with every message laid open. */
export function createVirtualClient(hub: VirtualHub, identity: Uint8Array) {
  const control: ControlMessage[] = [];
  const replies = new Map<number, RequestStreamMessage[]>();
  const rooms = new Map<number, RoomStreamMessage[]>();
  const decoders = new Map<number, RecordDecoder>();
  let timer: NodeJS.Timeout | undefined;
  let isGone = false;
  let isAsleep = false;
  let address = "";
  let send: (bytes: Uint8Array) => void = () => {};

  const session: Session = createClientSession({
    identity,
    serverAddress: "hub",
    random: randomBytes,
    nowMs: Date.now(),
    events: {
      onData(_session, stream, bytes) {
        session.consume(stream, bytes.length);
        const decoder = decoders.get(stream) ?? createRecordDecoder();
        decoders.set(stream, decoder);
        for (const record of decoder.push(bytes)) hear(stream, record);
      },
    },
  });

  function hear(stream: number, record: Parameters<typeof decodeControl>[0]): void {
    if (stream === CONTROL_STREAM_ID) {
      const message = decodeControl(record);
      if (message) control.push(message);
    } else if (splitStreamId(stream).kind === "request") {
      const message = decodeRequestStream(record);
      if (message) replies.set(stream, [...(replies.get(stream) ?? []), message]);
    } else {
      const message = decodeRoomStream(record);
      if (message) rooms.set(stream, [...(rooms.get(stream) ?? []), message]);
    }
  }

  function poll(): void {
    clearTimeout(timer);
    if (isGone || isAsleep) return;
    for (const { bytes } of session.poll(Date.now())) send(bytes);
    const at = session.nextTimeout();
    if (at !== undefined) timer = setTimeout(poll, Math.max(0, at - Date.now()));
  }

  function moveTo(port: number): void {
    hub.detach(address);
    address = `192.0.2.1:${port}#u1`;
    send = hub.attach(address, (bytes) => {
      if (isGone || isAsleep) return;
      session.receive(bytes, "hub", Date.now());
      poll();
    });
  }

  moveTo(ports++);
  poll();
  return {
    session,
    control,
    replies,
    rooms,
    say(stream: number, text: string) {
      session.write(stream, encodeRoomStream({ type: "say", id: randomBytes(16), kind: "say", text }));
      poll();
    },
    tell(message: ControlMessage) {
      session.write(CONTROL_STREAM_ID, encodeControl(message));
      poll();
    },
    /** Undefined when the hub allows no more requests now. */
    request(command: string, id: Uint8Array, argv: readonly string[] = []): number | undefined {
      const stream = session.open("request");
      if (stream === undefined) return undefined;
      session.write(stream, encodeRequestStream({ type: "request", id, command, argv }));
      session.finish(stream);
      poll();
      return stream;
    },
    reset(stream: number) {
      session.reset(stream, "NO_ERROR");
      poll();
    },
    rebind() {
      moveTo(ports++);
      session.ping();
      poll();
    },
    /** The machine is suspended: nothing is sent, and what comes is lost. */
    sleep() {
      isAsleep = true;
      clearTimeout(timer);
    },
    /** It is back, at another address. */
    wake() {
      isAsleep = false;
      moveTo(ports++);
      poll();
    },
    /** Gone without a word. */
    vanish() {
      isGone = true;
      clearTimeout(timer);
      hub.detach(address);
    },
    close() {
      session.close();
      poll();
    },
  };
}

export type VirtualClient = ReturnType<typeof createVirtualClient>;
