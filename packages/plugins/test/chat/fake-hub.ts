import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  Refusal,
  type AnyCommand,
  type Caller,
  type Log,
  type PluginInstance,
  type Reply,
  type RoomMessage,
  type Rooms,
  type Schema,
  type StructuredReply,
  type Users,
} from "@palaver/plugin-api";
import chat from "../../src/chat/index.ts";
import { expect } from "vitest";

/** A peer of the fake hub; what it was sent is kept in the order it came. */
export interface FakePeer {
  readonly id: string;
  caller: Caller;
  /** What its rooms and other users sent, `nick: text` as text peers read it. */
  readonly heard: string[];
  readonly messages: RoomMessage[];
  /** Of what its client has not acknowledged. */
  readonly receipts: string[];
}

export interface PeerOptions {
  readonly key?: string;
  readonly dialect?: Caller["dialect"];
  readonly roles?: readonly string[];
  readonly address?: string;
}

/** One instance of the plugin; disposing it closes its database, as the hub does. */
interface LoadedPlugin extends AsyncDisposable {
  readonly database: DatabaseSync;
  readonly directory: string;
}

/** Users and rooms in memory, as the hub holds them: they outlive every instance of the plugin. */
export function createFakeHub() {
  const peers = new Map<string, FakePeer>();
  const rooms = new Map<string, Set<FakePeer>>();
  const joined = new Map<string, string[]>();
  const instances: PluginInstance[] = [];
  const warnings: string[] = [];
  const owners = new Map<string, string>();
  let guests = 0;
  let loaded = 0;
  let waiting: (() => void)[] = [];
  const settle = () => {
    const acts = waiting;
    waiting = [];
    for (const act of acts) act();
  };

  const byNick = (nick: string) =>
    [...peers.values()].find(
      ({ caller }) => caller.nick?.replace("~", "").toLowerCase() === nick.replace("~", "").toLowerCase(),
    );

  const users: Users = {
    online: () => [...peers.values()].filter(({ caller }) => caller.online).map(({ caller }) => caller),
    find: (nick) => byNick(nick)?.caller,
    enter(callerId, nick) {
      const peer = peers.get(callerId);
      if (!peer) throw new Refusal("This address is not proven yet.", "UNPROVEN");
      const name = nick?.replace("~", "") ?? `guest${++guests}`;
      const holder = byNick(name);
      const isOwn = peer.caller.key !== undefined && holder?.caller.key === peer.caller.key;
      if (holder && holder !== peer && !isOwn)
        throw new Refusal(`The name ${name} is taken; choose another.`);
      const isGuest = peer.caller.key === undefined || nick === undefined || nick.startsWith("~");
      const wasOnline = peer.caller.online;
      peer.caller = { ...peer.caller, online: true, nick: isGuest ? `~${name}` : name };
      if (!isGuest) owners.set(name.toLowerCase(), peer.caller.key ?? "");
      if (!wasOnline) void instances.at(-1)?.on?.["user:online"]?.({ user: peer.caller });
      return peer.caller;
    },
    leave(userId, reason) {
      const peer = peers.get(userId);
      if (!peer?.caller.online) return;
      const user = peer.caller;
      const left = joined.get(userId) ?? [];
      for (const room of left) roomsOf.part(room, userId);
      peer.caller = { ...user, online: false, nick: undefined };
      void instances.at(-1)?.on?.["user:offline"]?.({ user, rooms: left, reason });
    },
    send(userId, reply, receipt) {
      const peer = peers.get(userId);
      peer?.heard.push(textOf(reply));
      if (receipt !== undefined) peer?.receipts.push(receipt);
      return peer?.caller.online === true;
    },
    keyOf: (nick) => owners.get(nick.toLowerCase()),
  };

  const roomsOf: Rooms = {
    join(room, userId) {
      const peer = peers.get(userId);
      if (!peer?.caller.online) throw new Refusal("You are not online yet. Send: online");
      const mine = joined.get(userId) ?? [];
      if (mine.includes(room)) return false;
      if (room === "full") throw new Refusal("There are too many rooms; join another one.", "BUSY");
      joined.set(userId, [...mine, room]);
      rooms.set(room, (rooms.get(room) ?? new Set()).add(peer));
      return true;
    },
    part(room, userId) {
      const members = rooms.get(room);
      const peer = peers.get(userId);
      if (!members || !peer || !members.delete(peer)) return false;
      if (members.size === 0) rooms.delete(room);
      joined.set(
        userId,
        (joined.get(userId) ?? []).filter((name) => name !== room),
      );
      return true;
    },
    publish(message) {
      const { from, kind, text } = message;
      const line = { say: `${from}: ${text}`, me: `* ${from} ${text}`, notice: `* ${text}` };
      for (const peer of rooms.get(message.room) ?? []) {
        peer.messages.push(message);
        peer.heard.push(kind in line ? line[kind as keyof typeof line] : `${from} ${kind} ${text}`);
      }
    },
    members: (room) => Array.from(rooms.get(room) ?? [], ({ caller }) => caller),
    of: (userId) => joined.get(userId) ?? [],
    names: () => [...rooms.keys()],
  };

  const log: Log = {
    info() {},
    warn: (message) => void warnings.push(message),
    error: (message) => void warnings.push(message),
    progress() {},
  };

  const current = (): PluginInstance => {
    const instance = instances.at(-1);
    if (!instance) throw new Error("no plugin is loaded");
    return instance;
  };

  return {
    warnings,
    /** Loads an instance of the plugin over a folder; from then on it answers, as after a reload. */
    async load(directory: string, settings: Readonly<Record<string, unknown>> = {}): Promise<LoadedPlugin> {
      settle();
      loaded++;
      const database = new DatabaseSync(join(directory, "history.db"));
      const instance = await chat.setup({
        config: chat.config!.parse(settings),
        log,
        signal: new AbortController().signal,
        users,
        rooms: roomsOf,
        storage: {
          directory,
          database: () => database,
          sha256: () => expect.unreachable(),
          beforeSend: (act) => loaded === 1 && waiting.push(act) > 0,
        },
      });
      instances.push(instance);
      return {
        database,
        directory,
        async [Symbol.asyncDispose]() {
          loaded--;
          await instance[Symbol.asyncDispose]?.();
          database.close();
        },
      };
    },
    peer(id: string, options: PeerOptions = {}): FakePeer {
      const dialect = options.dialect ?? (options.key === undefined ? "text" : "session");
      const caller = {
        id,
        nick: undefined,
        roles: options.roles ?? [],
        dialect,
        address: options.address ?? "127.0.0.1:5353",
        key: options.key,
        online: false,
      };
      const peer: FakePeer = { id, caller, heard: [], messages: [], receipts: [] };
      peers.set(id, peer);
      return peer;
    },
    /** What the hub does before it sends. */
    settle,
    /** Calls a command, in a turn of its own. */
    call(peer: FakePeer, line: string, id?: string): StructuredReply {
      try {
        return this.callInTurn(peer, line, id);
      } finally {
        settle();
      }
    },
    /** The way the router does it, words by position, the last argument takes the rest; `settle` ends the turn. */
    callInTurn(peer: FakePeer, line: string, id?: string): StructuredReply {
      const [name = "", ...rest] = line.split(" ");
      const command = current().commands?.[name];
      if (!command) throw new Error(`no command ${name}`);
      const args = parseArguments(command, rest);
      const reply = answered(command.run({ args, argv: rest, caller: peer.caller, id }));
      if (reply.receipt !== undefined) peer.receipts.push(reply.receipt);
      return reply;
    },
    /** Sends a whole message to a port mounted on the plugin. */
    text(peer: FakePeer, text: string): string {
      const signal = new AbortController().signal;
      return answered(current().text?.({ text, caller: peer.caller, signal })).text;
    },
    /** What the hub does when a lease runs out. */
    expire: (peer: FakePeer, reason: string) => users.leave(peer.id, reason),
    /** Its client has what it was sent, as it does at once where it runs and the network works. */
    acknowledge(peer: FakePeer) {
      for (const receipt of peer.receipts.splice(0))
        void instances.at(-1)?.on?.["user:received"]?.({ user: peer.caller, receipt });
    },
    roomsOf: (peer: FakePeer) => roomsOf.of(peer.id),
  };
}

export type FakeHub = ReturnType<typeof createFakeHub>;

function parseArguments(command: AnyCommand, words: readonly string[]): Record<string, unknown> {
  const schemas = Object.entries(command.args ?? {});
  return Object.fromEntries(
    schemas.map(([key, schema], index) => {
      const last = index === schemas.length - 1;
      return [key, validate(schema, last ? words.slice(index).join(" ") || undefined : words[index])];
    }),
  );
}

function validate(schema: Schema, value: unknown): unknown {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) throw new TypeError("argument schemas must validate synchronously");
  if (result.issues) throw new Refusal("an argument is missing", "INVALID");
  return result.value;
}

function answered(result: unknown): StructuredReply {
  if (result === undefined) return { text: "" };
  return typeof result === "string" ? { text: result } : (result as StructuredReply);
}

function textOf(reply: Reply): string {
  if (typeof reply === "string") return reply;
  return "text" in reply ? reply.text : "";
}
