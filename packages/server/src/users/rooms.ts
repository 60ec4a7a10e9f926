import { Refusal, type Caller, type RoomMessage, type Rooms } from "@palaver/plugin-api";
import { cleanText } from "@palaver/protocol";
import type { Peer, PresenceChange } from "../peers/peer.ts";
import { Presence } from "./presence.ts";
import { PublishedMessage } from "./published-message.ts";

const maxRoomsPerUser = 16;

export interface RoomDirectoryOptions {
  maxRooms(): number;
  /** The peer of a user who is online. */
  findPeer(userId: string): Peer | undefined;
  published(message: RoomMessage): void;
}

/** Who is in which room; a room exists while somebody is in it. */
export class RoomDirectory implements Rooms {
  readonly #options: RoomDirectoryOptions;
  readonly #members = new Map<string, Map<string, Peer>>();
  readonly #roomsByUser = new Map<string, Set<string>>();

  constructor(options: RoomDirectoryOptions) {
    this.#options = options;
  }

  join(room: string, userId: string): boolean {
    const peer = this.#options.findPeer(userId);
    if (!peer) throw new Refusal("You are not online yet. Send: online", "FORBIDDEN");
    const rooms = this.#roomsByUser.get(userId) ?? new Set();
    if (rooms.has(room)) return false;
    if (rooms.size >= maxRoomsPerUser) {
      throw new Refusal(`You are in ${maxRoomsPerUser} rooms; part one first.`, "BUSY");
    }
    let members = this.#members.get(room);
    if (!members) {
      if (this.#members.size >= this.#options.maxRooms())
        throw new Refusal("There are too many rooms; join another one.", "BUSY");
      members = new Map();
      this.#members.set(room, members);
    }
    members.set(userId, peer);
    rooms.add(room);
    this.#roomsByUser.set(userId, rooms);
    peer.entered?.(room);
    this.#tell(room, peer, { user: peer.caller.nick ?? "", state: "online" });
    return true;
  }

  part(room: string, userId: string): boolean {
    const members = this.#members.get(room);
    const peer = members?.get(userId);
    if (!members || !peer) return false;
    members.delete(userId);
    peer.left?.(room);
    // Somebody with two clients is there as long as one of them is.
    const nick = peer.caller.nick ?? "";
    if (!this.#isThere(members, nick)) this.#tell(room, peer, { user: nick, state: "offline" });
    if (members.size === 0) this.#members.delete(room);
    const rooms = this.#roomsByUser.get(userId);
    rooms?.delete(room);
    if (rooms?.size === 0) this.#roomsByUser.delete(userId);
    return true;
  }

  publish(message: RoomMessage): void {
    const clean = cleanMessage(message);
    const published = new PublishedMessage(clean);
    for (const [userId, peer] of this.#members.get(message.room) ?? []) {
      peer.deliverMessage(published, (this.#roomsByUser.get(userId)?.size ?? 0) > 1);
    }
    this.#options.published(clean);
  }

  /** Tells the others in a room that somebody writes. */
  typing(room: string, userId: string): void {
    const members = this.#members.get(room);
    const nick = members?.get(userId)?.caller.nick;
    if (!members || nick === undefined) return;
    for (const [id, peer] of members) if (id !== userId) peer.typing?.(room, nick);
  }

  /** Tells everyone who shares a room with a user that it is called otherwise, or is away or back. */
  changed(userId: string, change: PresenceChange): void {
    for (const room of this.#roomsByUser.get(userId) ?? []) {
      const peer = this.#members.get(room)?.get(userId);
      if (peer) this.#tell(room, peer, change);
    }
  }

  #isThere(members: ReadonlyMap<string, Peer>, nick: string): boolean {
    for (const { caller } of members.values()) if (caller.nick === nick) return true;
    return false;
  }

  #tell(room: string, about: Peer, change: PresenceChange): void {
    const presence = new Presence(room, change);
    for (const peer of this.#members.get(room)?.values() ?? []) if (peer !== about) peer.presence?.(presence);
  }

  members(room: string): readonly Caller[] {
    return Array.from(this.#members.get(room)?.values() ?? [], (peer) => peer.caller);
  }

  /** In the order of joining. */
  of(userId: string): readonly string[] {
    return [...(this.#roomsByUser.get(userId) ?? [])];
  }

  names(): readonly string[] {
    return [...this.#members.keys()];
  }
}

/** Nothing that people wrote reaches a terminal as it came, whichever plugin passes it on. */
function cleanMessage(message: RoomMessage): RoomMessage {
  const { from, text, to, mentions } = message;
  return {
    ...message,
    from: cleanText(from),
    text: cleanText(text),
    ...(to !== undefined && { to: cleanText(to) }),
    ...(mentions && { mentions: mentions.map((nick) => cleanText(nick)) }),
  };
}
