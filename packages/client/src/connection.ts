/** What a room's message looks like to a client. */
export interface RoomMessage {
  readonly room: string;
  /** Counts from 1 in each room. */
  readonly seq: number;
  /** Milliseconds since 1970, by the hub's clock. */
  readonly at: number;
  readonly from: string;
  readonly kind: "say" | "me" | "notice";
  readonly text: string;
}

export interface UserInfo {
  readonly nick: string;
  readonly state: "online" | "away";
}

export interface RoomInfo {
  readonly name: string;
  readonly users: number;
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

export type ConnectionEvents = {
  state: { readonly state: ConnectionState; readonly reason?: string };
  message: RoomMessage;
  /** Somebody in one of our rooms came, left, changed its name or went away. */
  presence: { readonly room: string; readonly users: readonly UserInfo[] };
  /** Our own name, given or changed by the hub. */
  nick: { readonly nick: string };
  /** A word of the hub outside any request. */
  notice: { readonly text: string };
  /** Messages said and not yet stored by the hub. */
  queue: { readonly length: number };
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
  part(room: string): Promise<void>;
  /** Resolves with the stored message's number once the hub has stored it. Rejects with `HubError` when it will not. */
  say(
    room: string,
    text: string,
    options?: { kind?: "say" | "me"; signal?: AbortSignal },
  ): Promise<{ seq: number }>;
  run(command: string, argv: readonly string[], options?: { signal?: AbortSignal }): Run;
  commands(signal?: AbortSignal): Promise<readonly CommandInfo[]>;
  who(room: string, signal?: AbortSignal): Promise<readonly UserInfo[]>;
  rooms(signal?: AbortSignal): Promise<readonly RoomInfo[]>;
  ping(signal?: AbortSignal): Promise<PingResult>;
  close(): Promise<void>;
}

/** The hub's "no": its code, and a message for people. */
export class HubError extends Error {
  override readonly name = "HubError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
