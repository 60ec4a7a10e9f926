import { Refusal, type Caller, type RoomMessage, type Rooms } from "@palaver/plugin-api";
import type { Peer, PresenceChange, Typing } from "../peers/peer.ts";
import type { Fact } from "../workers/backplane.ts";
import type { RoomOrder } from "../workers/room-order.ts";
import { checkedMessage } from "./check-message.ts";
import { Presence } from "./presence.ts";
import { PublishedMessage } from "./published-message.ts";
import { RoomListeners } from "./room-listeners.ts";
import { RoomLog } from "./room-log.ts";
import { checkRoomName } from "./room-name.ts";

const maxRoomsPerUser = 16;

export interface RoomDirectoryOptions {
  maxRooms(): number;
  /** The peer of a user who is online. */
  findPeer(userId: string): Peer | undefined;
  published(message: RoomMessage): void;
  /** Something was said that some peers take only with `settle`: it wants to be called before they are sent anything. */
  waiting(): void;
  /** Called before those who get each message at once get one. */
  beforeSend(): void;
  /** Where several workers share the rooms. */
  readonly shared?: RoomSharing | undefined;
}

export interface RoomSharing {
  readonly order: RoomOrder;
  announce(fact: Fact): void;
}

interface Room {
  readonly members: Map<string, Peer>;
  /** Those of them that get each message at once. */
  readonly listeners: RoomListeners;
  /** For the others. */
  readonly log: RoomLog;
}

/** Who is in which room; a room exists while somebody is in it. */
export class RoomDirectory implements Rooms {
  readonly #options: RoomDirectoryOptions;
  readonly #rooms = new Map<string, Room>();
  /** Rooms whose logs hold something. */
  readonly #unsettled = new Map<string, Room>();
  readonly #roomsByUser = new Map<string, Set<string>>();

  constructor(options: RoomDirectoryOptions) {
    this.#options = options;
  }

  join(room: string, userId: string): boolean {
    checkRoomName(room);
    const peer = this.#options.findPeer(userId);
    if (!peer) throw new Refusal("You are not online yet. Send: online", "FORBIDDEN");
    if (peer.elsewhere) {
      peer.elsewhere.join(room);
      return true;
    }
    const rooms = this.#roomsByUser.get(userId) ?? new Set();
    if (rooms.has(room)) return false;
    if (rooms.size >= maxRoomsPerUser) {
      throw new Refusal(`You are in ${maxRoomsPerUser} rooms; part one first.`, "BUSY");
    }
    if (!this.#rooms.has(room) && this.#rooms.size >= this.#options.maxRooms()) {
      throw new Refusal("There are too many rooms; join another one.", "BUSY");
    }
    const { shared } = this.#options;
    // Who is there hears first what the newcomer reads in the history.
    for (const message of shared?.order.upTo(room) ?? []) this.#deliver(message, true);
    shared?.announce({ type: "joined", id: userId, room, seq: shared.order.begin(room) });
    this.#put(room, userId, peer);
    return true;
  }

  part(room: string, userId: string): boolean {
    const peer = this.#rooms.get(room)?.members.get(userId);
    if (!peer) return false;
    if (peer.elsewhere) peer.elsewhere.part(room);
    else {
      this.#take(room, userId);
      this.#options.shared?.announce({ type: "parted", id: userId, room });
    }
    return true;
  }

  #put(room: string, userId: string, peer: Peer): void {
    let entry = this.#rooms.get(room);
    if (!entry) {
      entry = { members: new Map(), listeners: new RoomListeners(), log: new RoomLog() };
      this.#rooms.set(room, entry);
    }
    const rooms = this.#roomsByUser.get(userId) ?? new Set();
    entry.members.set(userId, peer);
    if (!peer.settle) entry.listeners.add(userId, peer, rooms);
    rooms.add(room);
    this.#roomsByUser.set(userId, rooms);
    this.#regroup(rooms);
    peer.entered?.(room, entry.log);
    this.#tell(room, peer, { user: peer.caller.nick ?? "", state: "online" });
  }

  #take(room: string, userId: string): void {
    const entry = this.#rooms.get(room);
    const peer = entry?.members.get(userId);
    if (!entry || !peer) return;
    const { members } = entry;
    members.delete(userId);
    entry.listeners.delete(userId);
    peer.left?.(room);
    // Somebody with two clients is there as long as one of them is.
    const nick = peer.caller.nick ?? "";
    if (!this.#isThere(members, nick)) this.#tell(room, peer, { user: nick, state: "offline" });
    if (members.size === 0) {
      this.#rooms.delete(room);
      this.#options.shared?.order.end(room);
    }
    const rooms = this.#roomsByUser.get(userId);
    rooms?.delete(room);
    if (rooms?.size === 0) this.#roomsByUser.delete(userId);
    else if (rooms) this.#regroup(rooms);
  }

  /** Somebody in these rooms is in one room only, or is so no more. */
  #regroup(rooms: ReadonlySet<string>): void {
    for (const room of rooms) this.#rooms.get(room)?.listeners.regroup();
  }

  publish(message: RoomMessage): void {
    const clean = checkedMessage(message);
    const { shared } = this.#options;
    if (!shared) this.#deliver(clean);
    else for (const next of shared.order.next(clean)) this.#deliver(next, next !== clean);
    this.#options.published(clean);
  }

  /** @param isHeard the other workers know of it. */
  #deliver(message: RoomMessage, isHeard?: boolean): void {
    const published = new PublishedMessage(message, isHeard);
    const room = this.#rooms.get(message.room);
    if (!room) return;
    if (room.listeners.size > 0) {
      this.#options.beforeSend();
      room.listeners.deliver(published);
    }
    if (room.listeners.size < room.members.size) {
      room.log.add(published);
      this.#unsettled.set(message.room, room);
      if (room.log.isFull) this.settle();
      else this.#options.waiting();
    }
  }

  /** Has those who take messages together take what was said. */
  settle(): void {
    for (const [name, room] of this.#unsettled) {
      this.#unsettled.delete(name);
      const { end } = room.log;
      for (const peer of room.members.values()) peer.settle?.(name);
      room.log.forget(end);
      // Who was put out meanwhile may have been told of in the room.
      if (room.log.end === end) continue;
      this.#unsettled.set(name, room);
      this.#options.waiting();
      return;
    }
  }

  /** Tells the others in a room that somebody writes. */
  typing(room: string, userId: string): void {
    const members = this.#rooms.get(room)?.members;
    const nick = members?.get(userId)?.caller.nick;
    if (!members || nick === undefined) return;
    const typing = { room, nick };
    for (const [id, peer] of members) if (id !== userId) peer.typing?.(typing);
  }

  /** Tells everyone who shares a room with a user that it is called otherwise, or is away or back. */
  changed(userId: string, change: PresenceChange): void {
    this.heardChange(userId, change);
    this.#options.shared?.announce({ type: "changed", id: userId, change });
  }

  /** Another worker said something in a room. */
  heardMessage(message: RoomMessage): void {
    for (const next of this.#options.shared?.order.next(message) ?? []) this.#deliver(next, true);
  }

  /** Another worker knows the number of a room's last message. */
  reached(room: string, seq: number): void {
    for (const missed of this.#options.shared?.order.upTo(room, seq) ?? []) this.#deliver(missed, true);
  }

  heardTyping(typing: Typing): void {
    for (const peer of this.#rooms.get(typing.room)?.members.values() ?? []) {
      if (!peer.elsewhere) peer.typing?.(typing);
    }
  }

  /** A user of another worker came into a room. @returns the number of the last message there. */
  heardJoin(room: string, userId: string): number {
    const peer = this.#options.findPeer(userId);
    if (peer) this.#put(room, userId, peer);
    return this.#options.shared?.order.latest(room) ?? 0;
  }

  heardPart(room: string, userId: string): void {
    this.#take(room, userId);
  }

  heardChange(userId: string, change: PresenceChange): void {
    for (const room of this.#roomsByUser.get(userId) ?? []) {
      const peer = this.#rooms.get(room)?.members.get(userId);
      if (peer) this.#tell(room, peer, change);
    }
  }

  #isThere(members: ReadonlyMap<string, Peer>, nick: string): boolean {
    for (const { caller } of members.values()) if (caller.nick === nick) return true;
    return false;
  }

  #tell(room: string, about: Peer, change: PresenceChange): void {
    const presence = new Presence(room, change);
    for (const peer of this.#rooms.get(room)?.members.values() ?? [])
      if (peer !== about) peer.presence?.(presence);
  }

  members(room: string): readonly Caller[] {
    return Array.from(this.#rooms.get(room)?.members.values() ?? [], (peer) => peer.caller);
  }

  /** In the order of joining. */
  of(userId: string): readonly string[] {
    return [...(this.#roomsByUser.get(userId) ?? [])];
  }

  names(): readonly string[] {
    return [...this.#rooms.keys()];
  }
}
