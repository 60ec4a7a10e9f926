import {
  cleanText,
  type ControlMessage,
  createRecordDecoder,
  decodeRoomStream,
  encodeRoomStream,
  type ErrorCode,
  MAX_ROOM_BYTES,
  type RoomStreamMessage,
} from "@palaver/protocol";
import { abortable, type Abortable } from "../abort.ts";
import type { HubError } from "../connection.ts";
import type { ConnectionEmitter } from "../emitter.ts";
import { problem, refusal } from "../hub-error.ts";
import type { Wire } from "../uplink/wire.ts";
import { toMessage, tryChange } from "./heard.ts";
import type { Outbox } from "./outbox.ts";
import { createRoom, enter, type Room, setMember, sinceOf, takeNew, usersOf } from "./room.ts";

/** The hub opens one stream for each, and a session has no more. */
const MAX_ROOMS = 64;

type Control<T extends ControlMessage["type"]> = Extract<ControlMessage, { type: T }>;

/** The rooms we are in: entered again with every session, each message passed on once. */
export class Rooms {
  readonly #emitter: ConnectionEmitter;
  readonly #outbox: Outbox;
  readonly #rooms = new Map<string, Room>();
  readonly #byStream = new Map<number, Room>();
  /** Data that came before the `joined` that says what it is; the session's credit bounds it. */
  readonly #early = new Map<number, Uint8Array[]>();
  /** Answers that are to come, oldest first: one for each `part` that was sent. */
  readonly #parting = new Map<string, Abortable<void>[]>();
  /** Rooms whose stream took no more; they go on when it has room again. */
  readonly #stalled = new Set<string>();
  readonly #changed = new Set<Room>();
  #wire: Wire | undefined;

  constructor(emitter: ConnectionEmitter, outbox: Outbox) {
    this.#emitter = emitter;
    this.#outbox = outbox;
  }

  has(name: string): boolean {
    return this.#rooms.has(name);
  }

  async join(name: string, since: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    let room = this.#rooms.get(name);
    if (room?.stream) return;
    if (!room) {
      if (Buffer.byteLength(name) > MAX_ROOM_BYTES) throw problem("TOO_LARGE", "roomNameTooLong");
      if (this.#rooms.size >= MAX_ROOMS) throw problem("BUSY", "tooManyRooms", MAX_ROOMS);
      room = createRoom(name, since);
      this.#ask(room);
      this.#rooms.set(name, room);
    }
    const wanted = room;
    const joining = abortable<void>(signal, () => {
      wanted.joining.delete(joining);
      if (!wanted.stream && wanted.joining.size === 0) this.#leave(wanted).catch(() => {});
    });
    wanted.joining.add(joining);
    await joining.promise;
  }

  async part(name: string): Promise<void> {
    const room = this.#rooms.get(name);
    if (!room) return;
    const waiting = this.#outbox.waitingIn(name);
    if (waiting > 0) throw problem("BUSY", "stillWaiting", name, waiting);
    const answer = this.#leave(room);
    const left = problem("FORBIDDEN", "leftRoom", name);
    for (const joining of room.joining) joining.reject(left);
    await answer;
  }

  /** Sends what was said in a room and not yet in this session, in order. */
  pump(name: string): void {
    const room = this.#rooms.get(name);
    const stream = room?.stream;
    this.#stalled.delete(name);
    if (!stream || !this.#wire) return;
    for (const entry of this.#outbox.ofRoom(name)) {
      if (entry.sentIn === stream) continue;
      if (this.#wire.isBlocked(stream.id)) {
        this.#stalled.add(name);
        return;
      }
      entry.sentIn = stream;
      this.#wire.write(stream.id, entry.record);
    }
  }

  /** Says that the user writes; a stream that is full has more important things waiting. */
  typing(name: string): void {
    const stream = this.#rooms.get(name)?.stream;
    if (!stream || !this.#wire || this.#wire.isBlocked(stream.id)) return;
    this.#wire.write(stream.id, encodeRoomStream({ type: "typing", from: "" }));
  }

  /** A new session stands: every room is entered again. */
  attach(wire: Wire): void {
    this.detach();
    this.#wire = wire;
    for (const room of this.#rooms.values()) this.#ask(room);
  }

  /** The session is over. */
  detach(): void {
    this.#wire = undefined;
    this.#byStream.clear();
    this.#early.clear();
    this.#stalled.clear();
    for (const room of this.#rooms.values()) room.stream = undefined;
    // Whoever is in no session is in no room.
    this.endPartings();
  }

  /** Nobody will answer these: the hub is out of reach, and we do not come back to those rooms. */
  endPartings(): void {
    for (const waiting of this.#parting.values()) for (const parting of waiting) parting.resolve();
    this.#parting.clear();
  }

  close(error: HubError): void {
    this.detach();
    for (const { joining } of this.#rooms.values()) for (const one of joining) one.reject(error);
    this.#rooms.clear();
    this.#changed.clear();
  }

  onJoined({ room: name, stream: id, seq, members }: Control<"joined">): void {
    // A command can bring us into a room as well.
    const room = this.#rooms.get(name) ?? createRoom(name, undefined);
    if (!this.#rooms.has(name) && this.#rooms.size >= MAX_ROOMS) return;
    this.#rooms.set(name, room);
    const stream = room.stream?.id === id ? room.stream : { id, decoder: createRecordDecoder() };
    if (room.stream) this.#byStream.delete(room.stream.id);
    this.#byStream.set(id, room);
    enter(room, stream, seq, members);
    this.#changed.add(room);
    for (const joining of room.joining) joining.resolve();
    room.joining.clear();
    const early = this.#early.get(id) ?? [];
    this.#early.delete(id);
    for (const bytes of early) this.onData(id, bytes);
    this.pump(name);
  }

  /** We left, or were made to. */
  onPart(name: string): void {
    const room = this.#rooms.get(name);
    if (this.#endParting(name, undefined) || !room) return;
    this.#forget(room);
    this.#lose(room, problem("FORBIDDEN", "lostRoom", name));
  }

  /** True when the error was about a room. */
  onError({ about, room: name, code, message }: Control<"error">): boolean {
    if (name === undefined) return false;
    const error = refusal(code, message);
    if (about === "part") {
      this.#endParting(name, error);
      return true;
    }
    const room = this.#rooms.get(name);
    if (about !== "join" || !room) return false;
    this.#forget(room);
    this.#lose(room, error);
    return true;
  }

  onPresence({ user, state, room: name, nick }: Control<"presence">): void {
    const only = name === undefined ? undefined : this.#rooms.get(name);
    const rooms = name === undefined ? this.#rooms.values() : only ? [only] : [];
    const who = cleanText(user);
    for (const room of rooms) {
      if (name === undefined && !room.members.has(who)) continue;
      if (nick !== undefined) room.members.delete(who);
      setMember(room, nick === undefined ? who : cleanText(nick), state);
      this.#changed.add(room);
    }
  }

  onData(id: number, bytes: Uint8Array): void {
    const room = this.#byStream.get(id);
    if (!room?.stream) {
      const early = this.#early.get(id) ?? [];
      this.#early.set(id, early);
      early.push(bytes);
      return;
    }
    this.#wire?.consume(id, bytes.length);
    for (const record of room.stream.decoder.push(bytes)) {
      const message = decodeRoomStream(record);
      // A listener may have left the room, or closed everything.
      if (message && this.#byStream.get(id) === room) this.#onMessage(room, message);
    }
  }

  /** The hub has ended a room's stream; we end our half. */
  onEnd(id: number, code: ErrorCode | undefined): void {
    if (code === undefined) this.#wire?.finish(id);
    const early = this.#early.get(id);
    this.#early.delete(id);
    for (const bytes of early ?? []) this.#wire?.consume(id, bytes.length);
    const room = this.#byStream.get(id);
    this.#byStream.delete(id);
    if (room?.stream?.id === id) room.stream = undefined;
  }

  /** Tells who is where now, once for each room however many came and went. */
  flush(): void {
    for (const room of this.#changed) {
      this.#changed.delete(room);
      if (this.#rooms.get(room.name) === room) {
        this.#emitter.emit("presence", { room: room.name, users: usersOf(room) });
      }
    }
    // Pumping may stall a room again, and that must not be met in the same round.
    const stalled = [...this.#stalled];
    for (const name of stalled) this.pump(name);
  }

  #onMessage(room: Room, message: RoomStreamMessage): void {
    switch (message.type) {
      case "stored":
        this.#outbox.stored(Buffer.from(message.id).toString("hex"), message.seq);
        return;
      case "refused":
        this.#outbox.refused(Buffer.from(message.id).toString("hex"), refusal("FORBIDDEN", message.text));
        return;
      case "message":
        if (takeNew(room, message))
          this.#emitter.emit("message", toMessage(room.name, message, room.stream?.about));
        return;
      case "change": {
        const change = takeNew(room, message) && tryChange(room.name, message, room.stream?.about);
        if (change) this.#emitter.emit("change", change);
        return;
      }
      case "about":
        if (room.stream) room.stream.about = message;
        return;
      case "typing":
        this.#emitter.emit("typing", { room: room.name, from: cleanText(message.from) });
    }
  }

  #ask(room: Room): void {
    this.#wire?.say({ type: "join", room: room.name, since: sinceOf(room) });
  }

  #forget(room: Room): void {
    this.#rooms.delete(room.name);
    if (room.stream) this.#byStream.delete(room.stream.id);
  }

  /** Resolves when the hub has answered; at once when there is none. */
  async #leave(room: Room): Promise<void> {
    this.#forget(room);
    if (!this.#wire) return;
    this.#wire.say({ type: "part", room: room.name });
    const parting = abortable<void>(undefined);
    const answers = this.#parting.get(room.name) ?? [];
    this.#parting.set(room.name, answers);
    answers.push(parting);
    await parting.promise;
  }

  /** A room that the hub closed to us. */
  #lose(room: Room, error: HubError): void {
    if (room.joining.size === 0) this.#emitter.emit("notice", { text: `#${room.name}: ${error.message}` });
    for (const joining of room.joining) joining.reject(error);
    room.joining.clear();
    this.#outbox.refuseRoom(room.name, error);
  }

  /** False when no answer was due. */
  #endParting(name: string, error: HubError | undefined): boolean {
    const answers = this.#parting.get(name);
    const parting = answers?.shift();
    if (answers?.length === 0) this.#parting.delete(name);
    if (error) parting?.reject(error);
    else parting?.resolve();
    return parting !== undefined;
  }
}
