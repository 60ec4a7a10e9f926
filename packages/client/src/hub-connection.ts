import { cleanText, type ControlMessage, splitStreamId } from "@palaver/protocol";
import { join } from "node:path";
import { abortable, type Abortable } from "./abort.ts";
import type {
  CommandInfo,
  Connection,
  ConnectionEvents,
  ConnectionState,
  HubError,
  PingResult,
  RoomInfo,
  Run,
  RunOptions,
  UserInfo,
} from "./connection.ts";
import { createConnectionEmitter } from "./emitter.ts";
import { problem, refusal, toHubError } from "./hub-error.ts";
import { defaultConfigDir } from "./keys/config-dir.ts";
import { formatHostPort } from "./keys/host-port.ts";
import { formatFingerprint } from "./keys/fingerprint.ts";
import { readOrCreateIdentity } from "./keys/identity.ts";
import { openKnownHosts } from "./keys/known-hosts.ts";
import { Calls } from "./requests/calls.ts";
import { readRooms, readUsers } from "./requests/queries.ts";
import { Outbox, type OutboxEntry } from "./talk/outbox.ts";
import { outboxPath } from "./talk/outbox-path.ts";
import { openOutboxFile, type Speech } from "./talk/outbox-file.ts";
import { Rooms } from "./talk/rooms.ts";
import type { Welcome } from "./uplink/dial.ts";
import type { Link } from "./uplink/link.ts";
import { Pings } from "./uplink/pings.ts";
import { createServerKeyCheck } from "./uplink/server-key-check.ts";
import { Uplink } from "./uplink/uplink.ts";
import type { ConnectOptions } from "./connect.ts";

/** A connection as the application has it: puts rooms, commands, outbox and uplink together. */
export class HubConnection implements Connection {
  readonly #options: ConnectOptions;
  readonly #emitter = createConnectionEmitter();
  readonly #calls = new Calls();
  readonly #outbox: Outbox;
  readonly #rooms: Rooms;
  /** Who waits for the hub to be reached. */
  readonly #waiting = new Set<Abortable<void>>();
  readonly #pings = new Pings();
  #uplink: Uplink | undefined;
  #state: ConnectionState = "connecting";
  #nick: string | undefined;
  #commands: readonly CommandInfo[] = [];
  #isTcpTold = false;
  /** Why everything is over. */
  #error: HubError | undefined;
  #closing: Promise<void> | undefined;
  /** The user's key is there, or is not to be had. */
  readonly #started: Promise<void>;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#outbox = new Outbox({
      onQueue: (queue) => this.#emitter.emit("queue", queue),
      onUnkept: (reason) => this.#warn(problem("UNKEPT", "outboxNotKept", reason)),
    });
    this.#rooms = new Rooms(this.#emitter, this.#outbox);
    const { signal } = options;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (signal?.aborted) this.#onAbort();
    this.#started = this.#start().catch((error: unknown) => void this.#end(toHubError(error, "AUTH")));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get nick(): string | undefined {
    return this.#nick;
  }

  on<E extends keyof ConnectionEvents>(event: E, listener: (value: ConnectionEvents[E]) => void): () => void {
    return this.#emitter.on(event, listener);
  }

  async ready(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#throwIfOver();
    if (this.#state === "online") return;
    const waiting = abortable<void>(signal, () => this.#waiting.delete(waiting));
    this.#waiting.add(waiting);
    await waiting.promise;
  }

  async join(room: string, options: { since?: number; signal?: AbortSignal } = {}): Promise<void> {
    this.#throwIfOver();
    await this.#rooms.join(room, options.since, options.signal);
  }

  async part(room: string): Promise<void> {
    this.#throwIfOver();
    const parted = this.#rooms.part(room);
    if (this.#state !== "online") this.#rooms.endPartings();
    await parted;
  }

  async say(
    room: string,
    text: string,
    options: { kind?: "say" | "me"; signal?: AbortSignal } = {},
  ): Promise<{ seq: number }> {
    const { kind = "say", signal } = options;
    return this.#speak(room, { kind, text }, signal);
  }

  reply(
    room: string,
    target: number,
    text: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<{ seq: number }> {
    return this.#speak(room, { kind: "reply", target, text }, signal);
  }

  edit(
    room: string,
    target: number,
    text: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<{ seq: number }> {
    return this.#speak(room, { kind: "edit", target, text }, signal);
  }

  delete(
    room: string,
    target: number,
    { reason = "", signal }: { reason?: string; signal?: AbortSignal } = {},
  ): Promise<{ seq: number }> {
    return this.#speak(room, { kind: "delete", target, text: reason }, signal);
  }

  react(
    room: string,
    target: number,
    text: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<{ seq: number }> {
    return this.#speak(room, { kind: "react", target, text }, signal);
  }

  unreact(
    room: string,
    target: number,
    text: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<{ seq: number }> {
    return this.#speak(room, { kind: "unreact", target, text }, signal);
  }

  typing(room: string): void {
    this.#rooms.typing(room);
  }

  async #speak(room: string, speech: Speech, signal: AbortSignal | undefined): Promise<{ seq: number }> {
    signal?.throwIfAborted();
    this.#throwIfOver();
    const { kind } = speech;
    // A hub from before these commands would never answer.
    const isOld = this.#commands.length > 0 && this.#commands.every(({ name }) => name !== kind);
    if (speech.target !== undefined && isOld) throw problem("FORBIDDEN", "unknownCommand", kind);
    if (!this.#rooms.has(room)) throw problem("FORBIDDEN", "notInRoom", room);
    const stored = abortable<{ seq: number }>(signal, () => entry && this.#outbox.withdraw(entry));
    let entry: OutboxEntry | undefined;
    try {
      entry = this.#outbox.add(room, speech, stored);
      this.#rooms.pump(room);
    } catch (error) {
      stored.reject(toHubError(error));
    }
    return stored.promise;
  }

  run(command: string, argv: readonly string[], options: RunOptions = {}): Run {
    return this.#calls.run(command, argv, options);
  }

  async commands(signal?: AbortSignal): Promise<readonly CommandInfo[]> {
    await this.ready(signal);
    return this.#commands;
  }

  who(room: string, signal?: AbortSignal): Promise<readonly UserInfo[]> {
    return readUsers(this.run("who", [`#${room}`], signal ? { signal } : {}));
  }

  rooms(signal?: AbortSignal): Promise<readonly RoomInfo[]> {
    return readRooms(this.run("rooms", [], signal ? { signal } : {}));
  }

  async ping(signal?: AbortSignal): Promise<PingResult> {
    for (;;) {
      await this.ready(signal);
      const link = this.#uplink?.link;
      if (link && (await this.#pings.ask(link, signal))) {
        const { rttMs, lossRate, pathChanges } = link.session.stats();
        return { rttMs, loss: lossRate, pathChanges };
      }
    }
  }

  async close(): Promise<void> {
    await this.#end(problem("CLOSED", "closed"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start(): Promise<void> {
    const { host, port, configDir = defaultConfigDir(), client = "palaver-client" } = this.#options;
    const {
      identityFile = join(configDir, "identity"),
      outbox: isKept = this.#options.configDir !== undefined,
    } = this.#options;
    const identity = await readOrCreateIdentity(identityFile);
    if (this.#error) return;
    const hostPort = formatHostPort(host, port);
    if (isKept) this.#outbox.keepIn(openOutboxFile(outboxPath(configDir, hostPort, identity)));
    const keyCheck = createServerKeyCheck({
      knownHosts: openKnownHosts(configDir),
      hostPort,
      onFirstUse: (key) => this.#options.onFingerprint?.(formatFingerprint(key)),
      onUnkept: (error) => this.#warn(error),
    });
    this.#uplink = new Uplink({
      host,
      port,
      identity,
      client,
      nick: () => this.#nick ?? this.#options.nick,
      acceptServerKey: keyCheck.accept,
      onServerKey: keyCheck.confirm,
      events: {
        onSession: (link, welcome) => this.#onSession(link, welcome),
        onAwake: () => this.#setState("online"),
        onLost: (error, isOver) => this.#onLost(error, isOver),
        onRetry: (error) => this.#setState(this.#state, error),
        onFatal: (error) => void this.#end(error.code === "AUTH" ? (keyCheck.error ?? error) : error),
        onControl: (message) => this.#onControl(message),
        onData: (stream, bytes) => this.#talkerOf(stream).onData(stream, bytes),
        onEnd: (stream, code) => this.#talkerOf(stream).onEnd(stream, code),
        onReceived: () => {
          this.#rooms.flush();
          this.#calls.pump();
          this.#pings.check(this.#uplink?.link);
        },
      },
    });
    this.#uplink.start();
  }

  /** Closes for good: everything that waits ends with `error`. */
  #end(error: HubError): Promise<void> {
    this.#closing ??= (async () => {
      this.#error = error;
      this.#options.signal?.removeEventListener("abort", this.#onAbort);
      for (const { reject } of this.#waiting) reject(error);
      this.#waiting.clear();
      this.#pings.close(error);
      this.#calls.close(error);
      this.#rooms.close(error);
      this.#outbox.close(error);
      const closed = this.#uplink?.close();
      this.#setState("closed", error.code === "CLOSED" ? undefined : error);
      await closed;
      // Whoever closed it may take the folder away.
      await this.#started;
    })();
    return this.#closing;
  }

  readonly #onAbort = (): void => void this.close();

  #throwIfOver(): void {
    if (this.#error) throw this.#error;
  }

  #setState(state: ConnectionState, error?: HubError): void {
    this.#state = state;
    this.#emitter.emit("state", error ? { state, reason: cleanText(error.message), error } : { state });
    if (state !== "online") return;
    for (const waiting of this.#waiting) waiting.resolve();
    this.#waiting.clear();
  }

  #notice(text: string): void {
    this.#emitter.emit("notice", { text });
  }

  #warn(error: HubError): void {
    this.#emitter.emit("notice", { text: cleanText(error.message), error });
  }

  #onSession(link: Link, welcome: Welcome): void {
    if (link.kind === "tcp" && !this.#isTcpTold) {
      this.#isTcpTold = true;
      this.#warn(problem("TIMEOUT", "overTcp"));
    }
    this.#commands = welcome.commands.map(({ name, usage, summary }) => ({
      name: cleanText(name),
      usage: cleanText(usage),
      summary: cleanText(summary),
    }));
    this.#rename(welcome.nick);
    this.#rooms.attach(link.wire);
    this.#calls.attach(link.wire);
    this.#pings.check(this.#uplink?.link);
    this.#setState("online");
  }

  #onLost(error: HubError, isOver: boolean): void {
    if (isOver) {
      this.#rooms.detach();
      this.#calls.detach();
    }
    this.#rooms.endPartings();
    this.#pings.check(this.#uplink?.link);
    this.#setState("offline", error);
  }

  #onControl(message: ControlMessage): void {
    switch (message.type) {
      case "joined":
        this.#rooms.onJoined(message);
        return;
      case "part":
        this.#rooms.onPart(message.room);
        return;
      case "presence":
        this.#rooms.onPresence(message);
        return;
      case "nick":
        this.#rename(message.nick);
        return;
      case "notice":
        this.#notice(cleanText(message.text, { newlines: true }));
        return;
      case "error":
        if (!this.#rooms.onError(message)) this.#warn(refusal(message.code, message.message));
        return;
      case "hello":
      case "welcome":
      case "join":
    }
  }

  #rename(raw: string): void {
    const nick = cleanText(raw);
    // A hub that has no name for us yet gives one with the first room.
    if (nick === "" || nick === this.#nick) return;
    this.#nick = nick;
    this.#emitter.emit("nick", { nick });
  }

  #talkerOf(stream: number): Rooms | Calls {
    return splitStreamId(stream).kind === "room" ? this.#rooms : this.#calls;
  }
}
