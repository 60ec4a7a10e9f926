import {
  type CommandInfo,
  type Connection,
  type ConnectionEvents,
  type ConnectionState,
  HubError,
  type PingResult,
  type RoomInfo,
  type RoomChange,
  type RoomMessage,
  type Run,
  type RunPiece,
  type UserInfo,
} from "@palaver/client";

/** What a run on the fake hub does. */
export interface FakeRun {
  readonly pieces?: readonly RunPiece[] | AsyncIterable<RunPiece>;
  readonly status?: number;
  readonly error?: Error;
}

export interface Said {
  readonly room: string;
  readonly text: string;
  readonly kind: "say" | "me";
  readonly replyTo?: number;
  store(): void;
  refuse(error: Error): void;
}

/** A connection without a network: a small hub in memory, driven by the test. */
export class FakeConnection implements Connection {
  state: ConnectionState = "connecting";
  nick: string | undefined = "ada";
  /** Store and echo each message as soon as it is said; off, the test settles `said` itself. */
  storesAtOnce = true;
  closes = 0;
  readonly said: Said[] = [];
  readonly joins: { room: string; since?: number }[] = [];
  readonly parts: string[] = [];
  readonly typed: string[] = [];
  readonly runs: { command: string; argv: readonly string[]; signal?: AbortSignal }[] = [];
  readonly history: RoomMessage[] = [];
  onRun: (command: string, argv: readonly string[]) => FakeRun = () => ({});
  commandTable: CommandInfo[] = [];
  userList: UserInfo[] = [];
  roomList: RoomInfo[] = [];
  pingResult: PingResult = { rttMs: 23, loss: 0, pathChanges: 0 };

  #listeners: { [E in keyof ConnectionEvents]: Set<(value: ConnectionEvents[E]) => void> } = {
    state: new Set(),
    message: new Set(),
    change: new Set(),
    typing: new Set(),
    presence: new Set(),
    nick: new Set(),
    notice: new Set(),
    queue: new Set(),
  };
  /** Rooms we are in, with the number of the last message given. */
  #joined = new Map<string, number>();
  #seqs = new Map<string, number>();
  #now = Date.UTC(2026, 8, 24, 12, 0);

  on<E extends keyof ConnectionEvents>(event: E, listener: (value: ConnectionEvents[E]) => void): () => void {
    this.#listeners[event].add(listener);
    return () => this.#listeners[event].delete(listener);
  }

  emit<E extends keyof ConnectionEvents>(event: E, value: ConnectionEvents[E]): void {
    for (const listener of this.#listeners[event]) listener(value);
  }

  /** Coming online, it enters its rooms again and gives what was missed, as the real one does. */
  setState(state: ConnectionState, reason?: string): void {
    this.state = state;
    this.emit("state", reason === undefined ? { state } : { state, reason });
    if (state !== "online") return;
    for (const message of this.history) {
      if (message.seq > (this.#joined.get(message.room) ?? message.seq)) this.#deliver(message);
    }
  }

  #deliver(message: RoomMessage): void {
    this.#joined.set(message.room, message.seq);
    this.emit("message", message);
  }

  /** A message as the hub stores it: numbered, kept, and given to everyone in the room. */
  store(
    from: string,
    text: string,
    room = "lobby",
    kind: RoomMessage["kind"] = "say",
    more: Partial<RoomMessage> = {},
  ): RoomMessage {
    const seq = (this.#seqs.get(room) ?? 0) + 1;
    this.#seqs.set(room, seq);
    this.#now += 1000;
    const message: RoomMessage = { room, seq, at: this.#now, from, kind, text, ...more };
    this.history.push(message);
    if (this.state === "online" && this.#joined.has(room)) this.#deliver(message);
    return message;
  }

  /** Resolves at the next (or a past) moment when `isTrue`. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
  }

  async ready(signal?: AbortSignal): Promise<void> {
    if (this.state === "online") return;
    await this.#unlessAborted(
      new Promise<void>((resolve) => {
        const off = this.on("state", ({ state }) => {
          if (state === "online") resolve(off());
        });
      }),
      signal,
    );
  }

  async join(room: string, options: { since?: number; signal?: AbortSignal } = {}): Promise<void> {
    await this.ready(options.signal);
    this.joins.push({ room, ...(options.since === undefined ? {} : { since: options.since }) });
    const since = options.since ?? this.#seqs.get(room) ?? 0;
    this.#joined.set(room, since);
    for (const message of this.history) {
      if (message.room === room && message.seq > since) this.#deliver(message);
    }
  }

  async part(room: string): Promise<void> {
    this.parts.push(room);
    this.#joined.delete(room);
  }

  async say(
    room: string,
    text: string,
    options: { kind?: "say" | "me"; signal?: AbortSignal } = {},
  ): Promise<{ seq: number }> {
    const kind = options.kind ?? "say";
    const { promise, resolve, reject } = Promise.withResolvers<{ seq: number }>();
    const store = () => resolve({ seq: this.store(this.nick ?? "?", text, room, kind).seq });
    this.said.push({ room, text, kind, store, refuse: reject });
    if (this.storesAtOnce) void this.ready(options.signal).then(store, reject);
    return this.#unlessAborted(promise, options.signal);
  }

  async reply(
    room: string,
    seq: number,
    text: string,
    options: { signal?: AbortSignal } = {},
  ): Promise<{ seq: number }> {
    const to = this.history.find((message) => message.room === room && message.seq === seq)?.from ?? "?";
    const { promise, resolve, reject } = Promise.withResolvers<{ seq: number }>();
    const store = () =>
      resolve({ seq: this.store(this.nick ?? "?", text, room, "say", { replyTo: seq, to }).seq });
    this.said.push({ room, text, kind: "say", replyTo: seq, store, refuse: reject });
    if (this.storesAtOnce) void this.ready(options.signal).then(store, reject);
    return this.#unlessAborted(promise, options.signal);
  }

  edit(room: string, seq: number, text: string): Promise<{ seq: number }> {
    return this.change(room, "edit", seq, text);
  }

  delete(room: string, seq: number): Promise<{ seq: number }> {
    return this.change(room, "delete", seq, "");
  }

  react(room: string, seq: number, emoji: string): Promise<{ seq: number }> {
    return this.change(room, "react", seq, emoji);
  }

  unreact(room: string, seq: number, emoji: string): Promise<{ seq: number }> {
    return this.change(room, "unreact", seq, emoji);
  }

  /** Somebody, ourselves by default, changes a stored message; everybody is told. */
  async change(
    room: string,
    action: RoomChange["action"],
    target: number,
    text: string,
    from = this.nick ?? "?",
  ): Promise<{ seq: number }> {
    const seq = (this.#seqs.get(room) ?? 0) + 1;
    this.#seqs.set(room, seq);
    this.emit("change", { room, seq, at: (this.#now += 1000), from, action, target, text });
    return { seq };
  }

  typing(room: string): void {
    this.typed.push(room);
  }

  run(command: string, argv: readonly string[], options: { signal?: AbortSignal } = {}): Run {
    this.runs.push({ command, argv, ...options });
    const { pieces = [], status = 0, error } = this.onRun(command, argv);
    const settled = Promise.withResolvers<number>();
    async function* iterate() {
      yield* pieces;
      if (error === undefined) settled.resolve(status);
      else {
        settled.reject(error);
        throw error;
      }
    }
    return { status: settled.promise, [Symbol.asyncIterator]: iterate };
  }

  async commands(): Promise<readonly CommandInfo[]> {
    await this.ready();
    return this.commandTable;
  }

  async who(): Promise<readonly UserInfo[]> {
    return this.userList;
  }

  async rooms(): Promise<readonly RoomInfo[]> {
    return this.roomList;
  }

  async ping(): Promise<PingResult> {
    await this.ready();
    return this.pingResult;
  }

  async close(): Promise<void> {
    this.closes++;
    this.state = "closed";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal === undefined) return promise;
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {});
    const onAbort = () => aborted.reject(new HubError("aborted", "aborted"));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([promise, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
