import { classify } from "../classify.ts";
import { PalaverError } from "../errors.ts";
import { parseAddressBytes, prefixOf } from "./address.ts";
import { createCookieJar, type CookieJar } from "./cookie.ts";
import type { CongestionController } from "./congestion.ts";
import { DeadlineQueue } from "./deadline-queue.ts";
import {
  CID_BYTES,
  DEFAULT_LIMITS,
  encodeLimits,
  parseLimits,
  type SessionLimits,
  VERSION_1,
} from "./limits.ts";
import { fromLatin1, toLatin1 } from "./latin1.ts";
import { respond } from "./noise.ts";
import {
  cidKey,
  encodeAccept,
  encodeRetry,
  type Init,
  PACKET_TYPES,
  parseHello,
  parseInit,
} from "./packet.ts";
import type { PacketMemory } from "./packet-memory.ts";
import { ServerSession } from "./server-session.ts";
import type { Session } from "./session.ts";
import type { Datagram, RandomSource, SessionEvents } from "./session-types.ts";
import { createTokenBuckets, type TokenBuckets } from "./token-buckets.ts";
import { type KeyPair, keyPairFrom } from "./x25519.ts";

/** A session whose client has not proven its key by a DATA packet goes after this long. */
export const UNCONFIRMED_LIFETIME_MS = 5000;
/** An INIT can come again while its cookie holds; so long its answer is kept. */
const ACCEPT_LIFETIME_MS = 120_000;
const MAX_VERSIONS_ANSWER = [VERSION_1] as const;

/** Bounds of an endpoint. */
export interface EndpointLimits {
  /** Sessions of both kinds, confirmed and not. Beyond it the oldest unconfirmed gives way; if none, INIT is ignored. */
  readonly maxSessions: number;
  readonly maxUnconfirmed: number;
  /** Answers to INIT that are kept to be repeated. */
  readonly maxCachedAccepts: number;
  /** Handshakes per address prefix (/24, /56): WireGuard allows 20 a second for one address. */
  readonly handshakesPerSecond: number;
  readonly handshakeBurst: number;
  /** Answers to HELLO in total: each costs an HMAC. */
  readonly hellosPerSecond: number;
}

export const DEFAULT_ENDPOINT_LIMITS: EndpointLimits = {
  maxSessions: 20_000,
  maxUnconfirmed: 1024,
  maxCachedAccepts: 4096,
  handshakesPerSecond: 20,
  handshakeBurst: 40,
  hellosPerSecond: 20_000,
};

export interface ServerEndpointOptions {
  /** 32 raw bytes of the hub's X25519 private key. */
  readonly staticKey: Uint8Array;
  readonly random: RandomSource;
  readonly events: ServerEvents;
  readonly limits?: Partial<EndpointLimits>;
  readonly sessionLimits?: Partial<SessionLimits>;
  /** How fast to send; default `createRateController`, which random loss does not slow down. */
  readonly createController?: () => CongestionController;
  /** Two bytes in front of every connection id, for a worker in front to route by. Default: random. */
  readonly routingBytes?: Uint8Array;
  /** 32 bytes; default: random. Shared by endpoints that one address may reach by turns; workers of a hub need not. */
  readonly cookieSecret?: Uint8Array;
  /** Asked before a session is made for this key; the client hears nothing when it is refused. */
  readonly acceptClientKey?: (key: Uint8Array, address: string) => boolean;
  /** Address as bytes, ip then port in two bytes. Default: parses "1.2.3.4:5" and "[::1]:5". */
  readonly addressBytes?: (address: string) => Uint8Array;
  /** A session has something to send, also when nothing was received: `poll` soon. */
  readonly onWake?: () => void;
  /** Bytes of the largest datagram that may be tried towards an address; see `SessionHost`. */
  readonly maxSendBytes?: (address: string) => number;
  /** See `SessionHost`. */
  readonly isStream?: (address: string) => boolean;
  /** See `SessionHost`. */
  readonly memory?: PacketMemory;
}

/** What an endpoint tells; the rest of the events name the session they belong to. */
export interface ServerEvents extends SessionEvents {
  /** A client has proven its key: `session.remoteKey` is who it is. */
  onSession?(session: Session): void;
}

export interface EndpointStats {
  readonly sessions: number;
  readonly unconfirmed: number;
  readonly cachedAccepts: number;
  readonly retriesSent: number;
  /** Diffie–Hellman handshakes computed, for refused and accepted clients. */
  readonly handshakes: number;
  readonly dropped: number;
}

/** The hub's end of all sessions behind one port: handshakes, demultiplexing, deadlines. */
export class ServerEndpoint {
  readonly publicKey: Uint8Array;
  readonly #options: ServerEndpointOptions;
  readonly #limits: EndpointLimits;
  readonly #sessionLimits: SessionLimits;
  readonly #keys: KeyPair;
  readonly #cookies: CookieJar;
  readonly #routingBytes: Uint8Array;
  readonly #handshakeRates: TokenBuckets;
  readonly #helloRate: TokenBuckets;
  readonly #addressBytes: (address: string) => Uint8Array;
  readonly #sessions = new Map<string, ServerSession>();
  /** Oldest first. */
  readonly #unconfirmed = new Map<ServerSession, number>();
  /** By client nonce, oldest first; each packet as Latin-1 characters. */
  readonly #accepts = new Map<
    string,
    { text: string; session: ServerSession | undefined; untilMs: number }
  >();
  readonly #ready = new Set<ServerSession>();
  readonly #deadlines = new DeadlineQueue<ServerSession>();
  readonly #host;
  #out: Datagram[] = [];
  #retriesSent = 0;
  #handshakes = 0;
  #dropped = 0;

  constructor(options: ServerEndpointOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_ENDPOINT_LIMITS, ...options.limits };
    this.#sessionLimits = { ...DEFAULT_LIMITS, ...options.sessionLimits };
    this.#keys = keyPairFrom(options.staticKey);
    this.publicKey = this.#keys.publicKey;
    this.#cookies = createCookieJar(options.cookieSecret ?? options.random(32));
    this.#routingBytes = options.routingBytes ?? options.random(2);
    this.#addressBytes = options.addressBytes ?? parseAddressBytes;
    const { handshakesPerSecond, handshakeBurst, hellosPerSecond } = this.#limits;
    this.#handshakeRates = createTokenBuckets({
      perSecond: handshakesPerSecond,
      burst: handshakeBurst,
      maxKeys: 4096,
    });
    this.#helloRate = createTokenBuckets({ perSecond: hellosPerSecond, burst: hellosPerSecond, maxKeys: 1 });
    this.#host = {
      random: options.random,
      events: options.events,
      ...(options.createController && { createController: options.createController }),
      ...(options.maxSendBytes && { maxSendBytes: options.maxSendBytes }),
      ...(options.isStream && { isStream: options.isStream }),
      ...(options.memory && { memory: options.memory }),
      onWake: (session: Session) => {
        this.#ready.add(session as ServerSession);
        options.onWake?.();
      },
      onConfirmed: (session: Session) => {
        const confirmed = session as ServerSession;
        this.#unconfirmed.delete(confirmed);
        // The answer may have to be repeated when the session, and all that waits in it, is long gone.
        const accept = this.#accepts.get(confirmed.acceptKey);
        if (accept) accept.session = undefined;
        confirmed.acceptKey = "";
        options.events.onSession?.(session);
      },
    };
  }

  /** All sessions, confirmed or not. */
  sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  stats(): EndpointStats {
    return {
      sessions: this.#sessions.size,
      unconfirmed: this.#unconfirmed.size,
      cachedAccepts: this.#accepts.size,
      retriesSent: this.#retriesSent,
      handshakes: this.#handshakes,
      dropped: this.#dropped,
    };
  }

  /** Takes any datagram that is no text. Whatever is not for us is dropped in silence. */
  receive(bytes: Uint8Array, from: string, nowMs: number): void {
    if (classify(bytes) !== "frame") {
      this.#dropped++;
      return;
    }
    const type = bytes[1] as number;
    if (type === PACKET_TYPES.data || type === PACKET_TYPES.data + 1) {
      const session = bytes.length >= 2 + CID_BYTES ? this.#sessions.get(cidKey(bytes, 2)) : undefined;
      if (session) session.receive(bytes, from, nowMs);
      else this.#dropped++;
      return;
    }
    try {
      if (type === PACKET_TYPES.hello) this.#onHello(bytes, from, nowMs);
      else if (type === PACKET_TYPES.init) this.#onInit(bytes, from, nowMs);
      else this.#dropped++;
    } catch (error) {
      if (!(error instanceof PalaverError)) throw error;
      this.#dropped++;
    }
  }

  /** Does what is due at `nowMs` and returns the datagrams to send. */
  poll(nowMs: number): Datagram[] {
    this.#expire(nowMs);
    for (
      let first = this.#deadlines.first;
      first && first.queuedDeadlineMs <= nowMs;
      first = this.#deadlines.first
    ) {
      this.#deadlines.remove(first);
      this.#ready.add(first);
    }
    const out = this.#out;
    this.#out = [];
    // Events may wake further sessions while we go: a set visits those too.
    for (const session of this.#ready) {
      this.#ready.delete(session);
      for (const datagram of session.poll(nowMs)) out.push(datagram);
      if (session.state === "closed") this.#drop(session);
      else this.#deadlines.set(session, session.deadlineMs);
    }
    return out;
  }

  /** When `poll` wants to be called next, on the caller's clock; 0 means at once, undefined never. */
  nextTimeout(): number | undefined {
    if (this.#out.length > 0 || this.#ready.size > 0) return 0;
    let deadlineMs = this.#deadlines.first?.queuedDeadlineMs ?? Infinity;
    for (const untilMs of this.#unconfirmed.values()) {
      deadlineMs = Math.min(deadlineMs, untilMs);
      break;
    }
    return deadlineMs === Infinity ? undefined : deadlineMs;
  }

  /** Ends all sessions; poll until `nextTimeout` is undefined to let their CLOSE out. */
  close(text = ""): void {
    for (const session of this.#sessions.values()) session.close("SHUTDOWN", text);
  }

  #onHello(bytes: Uint8Array, from: string, nowMs: number): void {
    const hello = parseHello(bytes);
    if (!this.#helloRate.tryTake("", nowMs)) return;
    const baked = this.#cookies.bake(this.#addressBytes(from), hello, nowMs);
    const fields = {
      ...baked,
      // Also for a client that speaks no version of ours: it reads the list and says so.
      version: hello.versions.includes(VERSION_1) ? VERSION_1 : 0,
      serverKey: this.publicKey,
      versions: MAX_VERSIONS_ANSWER,
    };
    this.#retriesSent++;
    this.#out.push({ to: from, bytes: encodeRetry({ nonceHead: hello.nonce.subarray(0, 16), fields }) });
  }

  #onInit(bytes: Uint8Array, from: string, nowMs: number): void {
    const init = parseInit(bytes);
    const address = this.#addressBytes(from);
    const { versions, version, serverKey } = init.retry;
    const isOurs =
      version === VERSION_1 &&
      versions.length === MAX_VERSIONS_ANSWER.length &&
      versions.every((one, i) => one === MAX_VERSIONS_ANSWER[i]) &&
      serverKey.every((byte, i) => byte === this.publicKey[i]);
    if (!isOurs || !this.#cookies.check(address, init.hello, init.retry, nowMs)) {
      this.#dropped++;
      return;
    }
    const nonce = toLatin1(init.hello.nonce);
    const cached = this.#accepts.get(nonce);
    if (cached) {
      if (cached.session) this.#acceptAgain(cached.session, nowMs);
      this.#out.push({ to: from, bytes: fromLatin1(cached.text) });
      return;
    }
    if (!this.#handshakeRates.tryTake(prefixOf(address), nowMs) || !this.#makeRoom()) {
      this.#dropped++;
      return;
    }
    this.#accept(init, nonce, from, nowMs);
  }

  /** Its client has not heard of it yet, and gets as long again, at most as often as its cookie holds. */
  #acceptAgain(session: ServerSession, nowMs: number): void {
    session.isAcceptRepeated = true;
    if (this.#unconfirmed.delete(session)) this.#unconfirmed.set(session, nowMs + UNCONFIRMED_LIFETIME_MS);
  }

  #accept(init: Init, nonce: string, from: string, nowMs: number): void {
    this.#handshakes++;
    const response = respond({ staticKeys: this.#keys, prologue: init.prologue, message1: init.message1 });
    const remoteLimits = this.#share(parseLimits(response.payload));
    if (this.#options.acceptClientKey?.(response.remoteStatic, from) === false) {
      this.#dropped++;
      return;
    }
    const localCid = this.#drawCid();
    const payload = Buffer.concat([fromLatin1(localCid), encodeLimits(this.#sessionLimits)]);
    const { message2, keys } = response.accept(payload, this.#options.random(32));
    const session = new ServerSession({
      host: this.#host,
      limits: this.#sessionLimits,
      remoteLimits,
      address: from,
      localCid,
      remoteCid: init.clientCid,
      remoteKey: response.remoteStatic,
      keys,
      acceptKey: nonce,
      nowMs,
    });
    const accept = encodeAccept({ clientCid: init.clientCid, message2 });
    this.#sessions.set(localCid, session);
    this.#unconfirmed.set(session, nowMs + UNCONFIRMED_LIFETIME_MS);
    if (this.#accepts.size >= this.#limits.maxCachedAccepts)
      this.#accepts.delete(this.#accepts.keys().next().value as string);
    this.#accepts.set(nonce, { text: toLatin1(accept), session, untilMs: nowMs + ACCEPT_LIFETIME_MS });
    this.#out.push({ to: from, bytes: accept });
  }

  /** Nearly all clients have the same limits: those share one object. */
  #share(limits: SessionLimits): SessionLimits {
    const isSame = (Object.keys(limits) as (keyof SessionLimits)[]).every(
      (key) => limits[key] === DEFAULT_LIMITS[key],
    );
    return isSame ? DEFAULT_LIMITS : limits;
  }

  #drawCid(): string {
    for (;;) {
      const random = this.#options.random(CID_BYTES - this.#routingBytes.length);
      const cid = cidKey(Buffer.concat([this.#routingBytes, random]));
      if (!this.#sessions.has(cid)) return cid;
    }
  }

  /** Makes room for a session: unconfirmed ones give way, oldest first; those who have proven their key never do. */
  #makeRoom(): boolean {
    const { maxSessions, maxUnconfirmed } = this.#limits;
    if (this.#unconfirmed.size >= maxUnconfirmed || this.#sessions.size >= maxSessions) {
      const oldest = this.#unconfirmed.keys().next().value;
      if (!oldest) return false;
      this.#drop(oldest);
    }
    return this.#sessions.size < maxSessions;
  }

  #expire(nowMs: number): void {
    for (const [session, untilMs] of this.#unconfirmed) {
      if (untilMs > nowMs) break;
      this.#drop(session);
    }
    for (const [nonce, { untilMs }] of this.#accepts) {
      if (untilMs > nowMs) break;
      this.#accepts.delete(nonce);
    }
  }

  #drop(session: ServerSession): void {
    this.#sessions.delete(session.localCid);
    // A client whose DATA all got lost must not be answered with a session that is gone.
    if (this.#unconfirmed.delete(session)) this.#accepts.delete(session.acceptKey);
    this.#deadlines.remove(session);
    this.#ready.delete(session);
  }
}

/** Creates the hub's end; see `ServerEndpoint`. */
export function createServerEndpoint(options: ServerEndpointOptions): ServerEndpoint {
  return new ServerEndpoint(options);
}
