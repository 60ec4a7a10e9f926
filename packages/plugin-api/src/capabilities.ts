import type { DatabaseSync } from "node:sqlite";
import type { Caller } from "./caller.ts";
import type { Processes } from "./processes.ts";
import type { Reply } from "./reply.ts";

/** Everything a plugin can reach of the hub. A plugin names what it needs, the operator grants it. */
export interface CapabilityMap {
  readonly users: Users;
  readonly rooms: Rooms;
  readonly storage: Storage;
  readonly processes: Processes;
  readonly files: Files;
}

export type Capability = keyof CapabilityMap;

/** Who is online. */
export interface Users {
  online(): readonly Caller[];
  /** The user who is online under this nickname; case and width do not matter. */
  find(nick: string): Caller | undefined;
  /**
   * Puts a caller online, or gives one who is online another nickname. Without `nick` the hub gives one out.
   * Guests' names get their `~` here.
   * @throws {Refusal} UNPROVEN when the caller's address is still a claim (the hub then offers the proof),
   * FORBIDDEN when the name is taken, INVALID when it is no name, BUSY when the hub is full.
   */
  enter(callerId: string, nick?: string): Caller;
  /** Takes a user offline and out of all rooms; nothing happens when it was not online. Of the reason 250 characters count. */
  leave(userId: string, reason: string): void;
  /**
   * Sends to one user at its own address; false when it is not online. A client that was killed stays online for up to two
   * minutes, and what is sent to it then may never come.
   * @param receipt asks for the event `user:received`, once the user's client has acknowledged all of it. 1 to 100 characters
   * that nobody else takes, such as `randomUUID()`: every plugin hears of it, also after a reload. No event comes from plain
   * text, from a session that ends before, and when the hub is killed meanwhile: what must not be lost is stored before it is
   * sent, and removed by the event.
   */
  send(userId: string, reply: Reply, receipt?: string): boolean;
  /** The key that a nickname belongs to, online or not; guests' names belong to nobody. */
  keyOf(nick: string): string | undefined;
}

/** A message in a room, or a change of an earlier one; `seq` counts from 1 in each room. */
export interface RoomMessage {
  readonly room: string;
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly from: string;
  /**
   * `say` is speech, `me` an action, `notice` the room's own word (somebody came or left); the others change the message
   * `target`, and their text is the new one, the reason, or the emoji.
   */
  readonly kind: "say" | "me" | "notice" | "edit" | "delete" | "react" | "unreact";
  readonly text: string;
  /** The number of the message that this one changes or, in speech, answers. */
  readonly target?: number;
  /** Who wrote that message. */
  readonly to?: string;
  /** Who in the room is named in it. */
  readonly mentions?: readonly string[];
  /** When its text was changed last, and when it was taken away; milliseconds since 1970. */
  readonly editedAt?: number;
  readonly deletedAt?: number;
}

/** Who hears what. A room exists while somebody is in it. */
export interface Rooms {
  /**
   * False when the user was in it already. What is asked for a user of another worker happens a moment later, or not at all.
   * @throws {Refusal} when the user is not online or in too many rooms, and for what is no room's name: letters, digits, `-`
   * and `_` in lower case, at most 64 bytes.
   */
  join(room: string, userId: string): boolean;
  /** False when the user was not in it. */
  part(room: string, userId: string): boolean;
  /**
   * Sends to every member, each at its own address.
   * @throws {Refusal} TOO_LARGE for a text of more than 4096 bytes, or a name of more than 64; INVALID for what is no room's
   * name. @throws {TypeError} for numbers that are no whole ones from 0, and kinds that there are not.
   */
  publish(message: RoomMessage): void;
  members(room: string): readonly Caller[];
  of(userId: string): readonly string[];
  names(): readonly string[];
}

/** Files of the plugin's own, below the hub's data directory. */
export interface Storage {
  /** An SQLite database in WAL mode, opened once per name; the hub closes it when the plugin goes. */
  database(name: string): DatabaseSync;
  /** The plugin's own folder; it exists. */
  readonly directory: string;
  /**
   * Runs `act` once, before the hub sends anything of what it was told since, and soon where it sends nothing: several writes
   * can be committed as one, and only what is stored is acknowledged. It runs also when the plugin is switched off meanwhile.
   * What throws is the plugin's fault.
   * @returns false where that cannot be promised: with `isolate = "worker"`, with workers, beside an instance that is being
   * replaced, past 64 at a time. Then write at once.
   */
  beforeSend(act: () => void): boolean;
  /** Begins a checksum, for contents that take long; `node:crypto` does for the rest. */
  sha256(): Sha256;
}

/** SHA-256 of bytes that come one after the other, worked out on another thread where the system can: 0.7 ms for 1 MB. */
export interface Sha256 {
  /** Takes bytes, which stay as they are until it resolves; the next ones come after that. */
  update(bytes: Uint8Array): Promise<void>;
  /** Of all bytes so far, 32 bytes; more may follow. */
  digest(): Uint8Array;
}

/** Files that the operator named in the configuration. */
export interface Files {
  /** Relative paths are relative to the configuration file. */
  resolve(path: string): string;
  /** Calls back after the file changed, appeared or went; ends with the plugin. */
  watch(path: string, onChange: () => void): void;
}
