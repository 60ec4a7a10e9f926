import { encodeRoomStream } from "@palaver/protocol";
import type { ConnectionEvents, HubError } from "../connection.ts";
import { problem } from "../hub-error.ts";
import { createMessageId } from "../message-id.ts";
import type { KeptMessage, OutboxFile, Speech } from "./outbox-file.ts";

/** Messages that wait for the hub to store them; one more is refused with BUSY. */
export const MAX_OUTBOX = 1000;

/** Who waits for a message to be stored. */
export interface Sender {
  resolve(value: { seq: number }): void;
  reject(error: unknown): void;
}

export interface OutboxEntry extends KeptMessage {
  /** As it goes on the room's stream. */
  readonly record: Uint8Array;
  /** Missing when an earlier process said it. */
  readonly sender: Sender | undefined;
  /** The entering of the room during which it was sent last. */
  sentIn: object | undefined;
}

export interface OutboxEvents {
  onQueue(queue: ConnectionEvents["queue"]): void;
  /** The disk takes no more: messages wait in memory only. Told once until it takes them again. */
  onUnkept(reason: string): void;
}

/** What was said and is not stored, in the order it was said. */
export class Outbox {
  readonly #events: OutboxEvents;
  #file: OutboxFile | undefined;
  #isUnkeptTold = false;
  #entries = new Map<string, OutboxEntry>();

  constructor(events: OutboxEvents) {
    this.#events = events;
  }

  /** Keeps everything in `file` from now on, and takes up what an earlier process left there: it goes first. */
  keepIn(file: OutboxFile): void {
    const said = this.#entries;
    this.#entries = new Map();
    this.#file = file;
    this.#onDisk(() => {
      for (const message of file.load().slice(0, MAX_OUTBOX)) {
        const entry = tryEntry(message);
        if (entry) this.#entries.set(message.id, entry);
      }
    });
    for (const [id, entry] of said) {
      this.#entries.set(id, entry);
      this.#append(entry);
    }
    if (this.#entries.size > 0) this.#tellQueue();
  }

  /** Throws BUSY when full and TOO_LARGE (of the core) for a text that no hub takes. */
  add(room: string, speech: Speech, sender: Sender): OutboxEntry {
    if (this.#entries.size >= MAX_OUTBOX) {
      throw problem("BUSY", "outboxFull", MAX_OUTBOX);
    }
    const id = createMessageId().toString("hex");
    const message = { id, room, ...speech };
    const entry: OutboxEntry = { ...message, record: encode(message), sender, sentIn: undefined };
    this.#entries.set(id, entry);
    this.#append(entry);
    this.#tellQueue();
    return entry;
  }

  *ofRoom(room: string): Iterable<OutboxEntry> {
    for (const entry of this.#entries.values()) if (entry.room === room) yield entry;
  }

  /** How many of our own are not stored; what an earlier process said stays on disk for the next entering. */
  waitingIn(room: string): number {
    return [...this.ofRoom(room)].filter(({ sender }) => sender).length;
  }

  stored(id: string, seq: number): void {
    this.#take(id)?.sender?.resolve({ seq });
  }

  refused(id: string, error: HubError): void {
    this.#take(id)?.sender?.reject(error);
  }

  /** Forgets a message that never left. */
  withdraw(entry: OutboxEntry): void {
    if (!entry.sentIn) this.#take(entry.id);
  }

  /** The room is closed to us. What an earlier process said there stays for the next time. */
  refuseRoom(room: string, error: HubError): void {
    for (const { id, sender } of this.ofRoom(room)) if (sender) this.refused(id, error);
  }

  /** Nobody waits any more; what is on disk stays for the next connection. */
  close(error: HubError): void {
    this.#onDisk((file) => file.compact());
    if (this.#entries.size > 0) this.#tellQueue();
    for (const { sender } of this.#entries.values()) sender?.reject(error);
    this.#entries.clear();
  }

  #append({ id, room, kind, text, target }: KeptMessage): void {
    const message = { id, room, kind, text };
    this.#onDisk((file) => file.append(target === undefined ? message : { ...message, target }));
  }

  #take(id: string): OutboxEntry | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    this.#entries.delete(id);
    this.#onDisk((file) => file.done(id));
    this.#tellQueue();
    return entry;
  }

  #tellQueue(): void {
    const unkept = this.#file?.unkept() ?? [];
    this.#events.onQueue({ length: this.#entries.size, ...(unkept.length > 0 && { unkept }) });
  }

  #onDisk(act: (file: OutboxFile) => void): void {
    if (!this.#file) return;
    try {
      act(this.#file);
      this.#isUnkeptTold = false;
    } catch (error) {
      if (!this.#isUnkeptTold) this.#events.onUnkept((error as Error).message);
      this.#isUnkeptTold = true;
    }
  }
}

function encode({ id: hex, kind, text, target = 0 }: KeptMessage): Uint8Array {
  const id = Buffer.from(hex, "hex");
  if (kind === "say") return encodeRoomStream({ type: "say", id, kind, text });
  if (kind === "me") return encodeRoomStream({ type: "say", id, kind: "action", text });
  return encodeRoomStream({ type: "act", id, action: kind, target, text });
}

/** An entry made of a line that anybody may have edited. */
function tryEntry(message: KeptMessage): OutboxEntry | undefined {
  try {
    return { ...message, record: encode(message), sender: undefined, sentIn: undefined };
  } catch {
    return undefined;
  }
}
