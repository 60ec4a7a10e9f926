import type { Problem } from "./problems.ts";

/** What a room's message looks like to a client. */
export interface RoomMessage {
  readonly room: string;
  /** Counts from 1 in each room. */
  readonly seq: number;
  /** Milliseconds since 1970, by the hub's clock. */
  readonly at: number;
  readonly from: string;
  readonly kind: "say" | "me" | "notice";
  /** Empty when it was deleted. */
  readonly text: string;
  /** The number of the message that this one answers. */
  readonly replyTo?: number;
  /** Who wrote that message. */
  readonly to?: string;
  /** Who in the room is named in it. */
  readonly mentions?: readonly string[];
  /** When it was edited last, and when it was deleted, where that happened before it came to us. */
  readonly editedAt?: number;
  readonly deletedAt?: number;
}

/** What can be done with a message that was said. */
export type ChangeAction = "edit" | "delete" | "react" | "unreact";

/** Somebody did something with an earlier message; it has a number of its own in the room's sequence. */
export interface RoomChange {
  readonly room: string;
  readonly seq: number;
  /** Milliseconds since 1970, by the hub's clock. */
  readonly at: number;
  readonly from: string;
  readonly action: ChangeAction;
  /** The number of the message. */
  readonly target: number;
  /** Who wrote it. */
  readonly to?: string;
  /** The new text of an edit, the reason of a deletion, the emoji of a reaction. */
  readonly text: string;
}

export interface UserInfo {
  readonly nick: string;
  readonly state: "online" | "away";
}

export interface RoomInfo {
  readonly name: string;
  readonly users: number;
  readonly topic?: string;
}

/** A row of the hub's command table. */
export interface CommandInfo {
  readonly name: string;
  /** Arguments as help prints them: `<word> [rest…]`. */
  readonly usage: string;
  readonly summary: string;
}

/** `connecting` for the first time, `offline` after it had been online (it goes on trying), `closed` for good. */
export type ConnectionState = "connecting" | "online" | "offline" | "closed";

/** One reply to a command, as it comes. */
export type RunPiece =
  | { readonly type: "text"; readonly text: string; readonly data?: unknown }
  | { readonly type: "stdout" | "stderr"; readonly bytes: Uint8Array };

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** The command's standard input, whole: at most 64 KiB, and less where the command says so. */
  readonly input?: Uint8Array | undefined;
  /**
   * For commands that take a stream: what is sent while the command runs, at the pace it is read there. What it throws ends
   * the command. When the session is lost on the way, the command ends with LOST and is not asked again.
   */
  readonly stream?: AsyncIterable<Uint8Array> | undefined;
  /** Not asked again in another session: it then ends with LOST. For long answers that can be asked for from where they stopped. */
  readonly once?: boolean | undefined;
}

/** A command that runs on the hub. */
export interface Run extends AsyncIterable<RunPiece> {
  /** The remote exit status (0 for commands without one). Rejects with a `HubError` when the hub refused or failed. */
  readonly status: Promise<number>;
}

export interface PingResult {
  readonly rttMs: number;
  /** 0 to 1, over the last packets. */
  readonly loss: number;
  readonly pathChanges: number;
}

export interface UnkeptMessage {
  readonly room: string;
  readonly text: string;
}

export type ConnectionEvents = {
  /** `reason` is the error's message. */
  state: { readonly state: ConnectionState; readonly reason?: string; readonly error?: HubError };
  message: RoomMessage;
  /** A message was edited or deleted, or somebody reacted to it. It may be one that we never got. */
  change: RoomChange;
  /** Somebody else is writing; who has not been heard of for 6 s writes no more. */
  typing: { readonly room: string; readonly from: string };
  /** Somebody in one of our rooms came, left, changed its name or went away. */
  presence: { readonly room: string; readonly users: readonly UserInfo[] };
  /** Our own name, given or changed by the hub. */
  nick: { readonly nick: string };
  /** A word of the hub, or of this library, outside any request; with `error` something went wrong. */
  notice: { readonly text: string; readonly error?: HubError };
  /** Messages said and not yet stored by the hub; those of them that should be on disk and are not, which our end would lose. */
  queue: { readonly length: number; readonly unkept?: readonly UnkeptMessage[] };
};

/**
 * One user's connection to a hub. It reconnects by itself until `close`; what is said meanwhile waits in a
 * bounded queue and is sent once when the hub is back.
 */
export interface Connection extends AsyncDisposable {
  readonly state: ConnectionState;
  readonly nick: string | undefined;
  /** Calls back at each event; the function that comes back ends that. */
  on<E extends keyof ConnectionEvents>(event: E, listener: (value: ConnectionEvents[E]) => void): () => void;
  /** Resolves when the hub is reached; rejects when `signal` aborts first. */
  ready(signal?: AbortSignal): Promise<void>;
  /** Enters a room and asks for what was said after `since` (0: all that is kept; absent: the last few). */
  join(room: string, options?: { since?: number; signal?: AbortSignal }): Promise<void>;
  /** Leaves a room; refused with BUSY while something said there is not stored. */
  part(room: string): Promise<void>;
  /** Resolves with the stored message's number once the hub has stored it. Rejects with `HubError` when it will not. */
  say(
    room: string,
    text: string,
    options?: { kind?: "say" | "me"; signal?: AbortSignal },
  ): Promise<{ seq: number }>;
  /** Says something in answer to the message with this number; resolves and rejects as `say` does, like all below. */
  reply(
    room: string,
    seq: number,
    text: string,
    options?: { signal?: AbortSignal },
  ): Promise<{ seq: number }>;
  /** Gives a message of our own another text. */
  edit(room: string, seq: number, text: string, options?: { signal?: AbortSignal }): Promise<{ seq: number }>;
  /** Deletes a message: our own, or anybody's where we are an operator. */
  delete(
    room: string,
    seq: number,
    options?: { reason?: string; signal?: AbortSignal },
  ): Promise<{ seq: number }>;
  /** Puts an emoji to a message; `unreact` takes it away again. */
  react(
    room: string,
    seq: number,
    emoji: string,
    options?: { signal?: AbortSignal },
  ): Promise<{ seq: number }>;
  unreact(
    room: string,
    seq: number,
    emoji: string,
    options?: { signal?: AbortSignal },
  ): Promise<{ seq: number }>;
  /** Tells the others in the room that the user writes; to be called while it does, the hub passes on what it needs. */
  typing(room: string): void;
  run(command: string, argv: readonly string[], options?: RunOptions): Run;
  commands(signal?: AbortSignal): Promise<readonly CommandInfo[]>;
  who(room: string, signal?: AbortSignal): Promise<readonly UserInfo[]>;
  rooms(signal?: AbortSignal): Promise<readonly RoomInfo[]>;
  ping(signal?: AbortSignal): Promise<PingResult>;
  close(): Promise<void>;
}

/** The hub's or this library's "no": its code, and a message for people. */
export class HubError extends Error {
  override readonly name = "HubError";
  readonly code: string;
  /** What the message says, where it is this library's own. */
  readonly problem: Problem | undefined;

  constructor(code: string, message: string, options?: ErrorOptions & { readonly problem?: Problem }) {
    super(message, options);
    this.code = code;
    this.problem = options?.problem;
  }
}
