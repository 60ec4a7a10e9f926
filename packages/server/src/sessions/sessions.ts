import { randomBytes } from "node:crypto";
import { RateLimiter } from "@palaver/plugin-api/host";
import {
  createServerEndpoint,
  LARGEST_DATAGRAM_BYTES,
  PacketMemory,
  parseAddressBytes,
  type ServerEndpoint,
  type Session,
} from "@palaver/protocol";
import type { Sheddable, Standing } from "../memory/shedding.ts";
import { CallBook } from "./call-book.ts";
import { isStream, maxSendBytes } from "./datagram-limit.ts";
import { SessionPeer, type SessionContext } from "./session-peer.ts";
import { createTraffic, type TrafficReport } from "./traffic.ts";

// Silence after which a user counts as away, and as gone; clients ping every 20 s (02-wire.md).
const awayAfterMs = 45_000;
const offlineAfterMs = 120_000;
// Messages of one session, requests and control messages counted. A client that comes back says at once all that waited
// meanwhile, a thousand messages at most, and none of those may be refused.
const messageLimit = { perSecond: 200, burst: 1200 };
// A person has a few devices, and a bot that restarts leaves sessions behind that nobody reads.
const maxSessionsPerKey = 16;
// Share of the places that stays free for who comes, as long as somebody has been silent long enough to be offline.
const freeShare = 0.1;

export interface SessionsOptions extends Omit<SessionContext, "book" | "mayAsk"> {
  /** 32 bytes of the hub's private key. */
  readonly key: Uint8Array;
  readonly maxSessions: number;
  /** In front of connection ids, where a frame may come in at another worker. */
  readonly routingBytes?: Uint8Array | undefined;
  /** New sessions from one address prefix. */
  readonly handshakesPerSecond: number;
  /** Why nobody new may come in now. */
  refusal(): string | undefined;
  now(): number;
  /** Called before each round of `send`. */
  beforeSend(): void;
  /** @param bytes are used again. @param address as it came with `receive`. */
  send(bytes: Uint8Array, address: string): void;
}

/** All sessions of the hub, and the one timer that drives them. */
export class Sessions {
  readonly #endpoint: ServerEndpoint;
  readonly #context: SessionContext;
  readonly #options: SessionsOptions;
  readonly #peers = new Map<string, SessionPeer>();
  // Counted, because looking through 10,000 sessions cost half as much as the handshake of the one that comes.
  readonly #countByKey = new Map<string, number>();
  readonly #away = new Set<SessionPeer>();
  readonly #book: CallBook;
  readonly #limiter: RateLimiter;
  readonly #traffic = createTraffic();
  readonly #memory = new PacketMemory();
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;
  #flushing: NodeJS.Immediate | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#book = new CallBook(options.now);
    this.#limiter = new RateLimiter(messageLimit, options.maxSessions);
    this.#context = {
      ...options,
      book: this.#book,
      mayAsk: (sessionId) => this.#limiter.take(sessionId, options.now()),
    };
    this.#endpoint = createServerEndpoint({
      staticKey: options.key,
      ...(options.routingBytes && { routingBytes: options.routingBytes }),
      random: randomBytes,
      limits: {
        maxSessions: options.maxSessions,
        handshakesPerSecond: options.handshakesPerSecond,
        handshakeBurst: 2 * options.handshakesPerSecond,
      },
      // An answer that was not ready at once, a message from elsewhere: it leaves before the hub waits again.
      onWake: () => this.flush(),
      sessionLimits: { maxDatagramBytes: LARGEST_DATAGRAM_BYTES },
      maxSendBytes,
      isStream,
      memory: this.#memory,
      addressBytes: (address) => parseAddressBytes(address.slice(0, address.lastIndexOf("#"))),
      events: {
        onSession: (session) => this.#open(session),
        onData: (session, stream, bytes) => peerOf(session)?.onData(stream, bytes),
        onFinish: (session, stream) => peerOf(session)?.onFinish(stream),
        onReset: (session, stream) => peerOf(session)?.onReset(stream),
        onAcked: (session, stream, bytes) => peerOf(session)?.onAcked(stream, bytes),
        onWritable: (session, stream) => peerOf(session)?.onWritable(stream),
        onAddress: (session) => peerOf(session)?.refresh(),
        onClose: (session, { by, text }) => this.#close(session, by === "silence" ? "connection lost" : text),
      },
    });
  }

  get publicKey(): Uint8Array {
    return this.#endpoint.publicKey;
  }

  get size(): number {
    return this.#peers.size;
  }

  /** Computed since the start, for whoever was let in and whoever was not. */
  get handshakes(): number {
    return this.#endpoint.stats().handshakes;
  }

  /** Looks at every session: for who asks now and then. */
  traffic(): TrafficReport {
    return this.#traffic.report(this.#endpoint.stats(), this.#peers.values());
  }

  get(id: string): SessionPeer | undefined {
    return this.#peers.get(id);
  }

  /** @param frame is looked at only until this returns. */
  receive(frame: Uint8Array, address: string): void {
    this.#endpoint.receive(frame, address, this.#options.now());
    this.flush();
  }

  /** Sends what is due before the hub waits again: messages that are ready together share a packet. */
  flush(): void {
    this.#flushing ??= setImmediate(() => {
      this.#flushing = undefined;
      this.#poll();
    });
  }

  /** Notices who fell silent and who is back. */
  sweep(): void {
    const now = this.#options.now();
    this.#book.sweep();
    this.#limiter.sweep(now);
    this.#makeRoom(now);
    for (const peer of this.#peers.values()) {
      if (!peer.caller.online && !peer.isAsleep) continue;
      const silentMs = now - peer.session.lastReceivedAtMs;
      if (peer.isAsleep) {
        if (silentMs < awayAfterMs) peer.wake();
      } else if (silentMs > offlineAfterMs) {
        this.#away.delete(peer);
        peer.sleep("no word for 120 s");
      } else {
        this.#setAway(peer, silentMs > awayAfterMs);
      }
    }
    this.flush();
  }

  /** Roles may have been granted or taken. */
  refresh(): void {
    for (const peer of this.#peers.values()) peer.refresh();
  }

  /** Those who could be put out when memory is short. */
  *sheddable(): Iterable<Sheddable> {
    const oldest = this.#options.now() - awayAfterMs;
    for (const peer of this.#peers.values()) {
      const { caller, session } = peer;
      const isIdle = session.lastReceivedAtMs < oldest;
      let standing: Standing | undefined = isIdle ? "idle" : undefined;
      if (caller.nick?.startsWith("~") === true) standing = "guest";
      else if (!caller.online && !this.#isKnown(peer)) standing = "unconfirmed";
      if (standing === undefined) continue;
      const shed = (text: string) => {
        session.close("BUSY", text);
        this.flush();
      };
      yield { standing, heardAtMs: session.lastReceivedAtMs, shed };
    }
  }

  /** Tells every session that the hub goes, and sends that. */
  close(): void {
    this.#poll();
    this.#endpoint.close("the hub is shutting down");
    clearImmediate(this.#flushing);
    this.#poll();
    clearTimeout(this.#timer);
  }

  #open(session: Session): void {
    const peer = new SessionPeer(session, this.#context);
    const refused = this.#isKnown(peer) ? undefined : this.#options.refusal();
    if (refused !== undefined) return session.close("BUSY", refused);
    session.app = peer;
    this.#peers.set(peer.caller.id, peer);
    const { key = "" } = peer.caller;
    const count = (this.#countByKey.get(key) ?? 0) + 1;
    this.#countByKey.set(key, count);
    if (count <= maxSessionsPerKey) return;
    // Never the one that comes: what was heard of it so far is its handshake, which may be older.
    let silent: SessionPeer | undefined;
    for (const other of this.#peers.values()) {
      if (other.caller.key !== key || other === peer) continue;
      if (!silent || other.session.lastReceivedAtMs < silent.session.lastReceivedAtMs) silent = other;
    }
    silent?.session.close("BUSY", `more than ${maxSessionsPerKey} sessions of one key`);
  }

  #isKnown({ caller: { key = "" } }: SessionPeer): boolean {
    return this.#options.identities.find(key) !== undefined;
  }

  #close(session: Session, reason: string): void {
    const peer = peerOf(session);
    if (!peer || !this.#peers.delete(peer.caller.id)) return;
    const { key = "" } = peer.caller;
    const left = (this.#countByKey.get(key) ?? 0) - 1;
    if (left > 0) this.#countByKey.set(key, left);
    else this.#countByKey.delete(key);
    this.#away.delete(peer);
    this.#traffic.ended(session.stats());
    peer.closed(reason === "" ? "by request" : reason);
  }

  /** When the places run out, those of the longest silent are given up; who wakes up later comes back anew. */
  #makeRoom(now: number): void {
    const surplus = this.#peers.size - Math.floor(this.#options.maxSessions * (1 - freeShare));
    if (surplus <= 0) return;
    const silent = [...this.#peers.values()]
      .filter(({ session }) => now - session.lastReceivedAtMs > offlineAfterMs)
      .toSorted((one, other) => one.session.lastReceivedAtMs - other.session.lastReceivedAtMs);
    for (const { session } of silent.slice(0, surplus)) session.close("BUSY", "the hub needs the place");
  }

  #setAway(peer: SessionPeer, isAway: boolean): void {
    if (this.#away.has(peer) === isAway) return;
    if (isAway) this.#away.add(peer);
    else this.#away.delete(peer);
    const { id, nick = "" } = peer.caller;
    this.#options.rooms.changed(id, { user: nick, state: isAway ? "away" : "online" });
  }

  #poll(): void {
    const now = this.#options.now();
    this.#options.beforeSend();
    this.#options.rooms.settle();
    for (const { to, bytes } of this.#endpoint.poll(now)) this.#options.send(bytes, to);
    this.#memory.reset();
    const at = this.#endpoint.nextTimeout();
    if (at === undefined) return;
    if (at <= now) return this.flush();
    // A timer that fires early finds nothing due and looks again; only a nearer deadline needs a new one.
    if (this.#timer && this.#timerAtMs <= at) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = at;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#poll();
      },
      Math.min(at - now, 0x7fffffff),
    );
  }
}

function peerOf(session: Session): SessionPeer | undefined {
  return session.app instanceof SessionPeer ? session.app : undefined;
}
