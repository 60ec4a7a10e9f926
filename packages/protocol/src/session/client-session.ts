import { type ErrorCode, PalaverError } from "../errors.ts";
import type { CongestionController } from "./congestion.ts";
import {
  CID_BYTES,
  DEFAULT_LIMITS,
  encodeLimits,
  parseLimits,
  type SessionLimits,
  VERSION_1,
} from "./limits.ts";
import { fromLatin1, toLatin1 } from "./latin1.ts";
import { initiate, type Initiation } from "./noise.ts";
import {
  cidKey,
  encodeHello,
  encodeInit,
  encodeInitPrologue,
  type Hello,
  NONCE_BYTES,
  PACKET_TYPES,
  parseAccept,
  parseRetry,
  type RetryFields,
} from "./packet.ts";
import { PacketKeys } from "./packet-keys.ts";
import { Session } from "./session.ts";
import type { Datagram, RandomSource, SessionEvents } from "./session-types.ts";
import { type KeyPair, keyPairFrom } from "./x25519.ts";

/** First wait for an answer to HELLO or INIT; each further one is longer by a quarter. */
const RETRANSMIT_MS = 200;
const RETRANSMIT_GROWTH = 1.25;
const MAX_RETRANSMIT_MS = 1000;
/** INITs without an answer after which the cookie is taken for stale and a new HELLO goes out. */
const MAX_INITS = 10;
/** A client that is quiet for this long sends a ping: NATs forget a UDP mapping after 30 s and more (RFC 8085 3.5). */
export const KEEP_ALIVE_MS = 20_000;

export interface ClientSessionOptions {
  /** 32 raw bytes of the X25519 private key: who the user is. */
  readonly identity: Uint8Array;
  /** The server's pinned key, 32 raw bytes. Any other key is refused before anything but a HELLO was sent. */
  readonly serverKey?: Uint8Array;
  /** Asked once, synchronously, before INIT; `false` closes with AUTH. Without it and without a pin any key is taken. */
  readonly acceptServerKey?: (key: Uint8Array) => boolean;
  /** Where datagrams go; opaque. */
  readonly serverAddress: string;
  readonly random: RandomSource;
  readonly events: SessionEvents & {
    /** Keys are agreed: from here on data flows. */
    onOpen?(session: ClientSession): void;
  };
  readonly limits?: Partial<SessionLimits>;
  /** How fast to send; default `createRateController`, which random loss does not slow down. */
  readonly createController?: () => CongestionController;
  /** Bytes of the largest datagram that may be tried towards an address; see `SessionHost`. */
  readonly maxSendBytes?: (address: string) => number;
  /** See `SessionHost`. */
  readonly isStream?: (address: string) => boolean;
  /** Default 10 s; then the session closes with TIMEOUT. */
  readonly handshakeTimeoutMs?: number;
  /** Default 20 s; 0 for never. */
  readonly keepAliveMs?: number;
  readonly nowMs: number;
}

/** The client's end of a session: `Session` with a handshake before it. Streams may be written at once. */
export class ClientSession extends Session {
  readonly #identity: KeyPair;
  readonly #options: ClientSessionOptions;
  readonly #deadlineMs: number;
  #hello: Hello;
  #initiation: Initiation | undefined;
  /** The packet that is repeated until it is answered. */
  #packet: Uint8Array;
  #sendings = 0;
  #nextAtMs: number;
  #sentAtMs = 0;

  constructor(options: ClientSessionOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    super({
      role: "client",
      host: options,
      limits,
      // What the server allows is known with its ACCEPT; until then nothing leaves.
      remoteLimits: DEFAULT_LIMITS,
      address: options.serverAddress,
      localCid: cidKey(options.random(CID_BYTES)),
      remoteKey: options.serverKey ?? new Uint8Array(32),
      keepAliveMs: options.keepAliveMs ?? KEEP_ALIVE_MS,
      nowMs: options.nowMs,
    });
    this.#options = options;
    this.#identity = keyPairFrom(options.identity);
    this.#deadlineMs = options.nowMs + (options.handshakeTimeoutMs ?? 10_000);
    this.#hello = { nonce: options.random(NONCE_BYTES), versions: [VERSION_1] };
    this.#packet = encodeHello(this.#hello);
    this.#nextAtMs = options.nowMs;
  }

  /** Our public key: the user's identity as the server sees it. */
  get publicKey(): Uint8Array {
    return this.#identity.publicKey;
  }

  override receive(bytes: Uint8Array, from: string, nowMs: number): void {
    if (this.state !== "handshake") {
      super.receive(bytes, from, nowMs);
      return;
    }
    try {
      if (bytes[1] === PACKET_TYPES.retry && !this.#initiation) this.#onRetry(bytes, nowMs);
      else if (bytes[1] === PACKET_TYPES.accept && this.#initiation) this.#onAccept(bytes, nowMs);
    } catch (error) {
      // Forged, damaged or not for us: the true answer may still come.
      if (!(error instanceof PalaverError)) throw error;
    }
  }

  override poll(nowMs: number): Datagram[] {
    if (this.state !== "handshake") return super.poll(nowMs);
    if (nowMs >= this.#deadlineMs) {
      this.end({ code: "TIMEOUT", text: "the hub does not answer", by: "silence" });
      return [];
    }
    if (nowMs < this.#nextAtMs) return [];
    if (this.#initiation && this.#sendings >= MAX_INITS) this.#startAgain();
    const waitMs = Math.min(MAX_RETRANSMIT_MS, RETRANSMIT_MS * RETRANSMIT_GROWTH ** this.#sendings);
    this.#sendings++;
    this.#nextAtMs = nowMs + waitMs;
    this.#sentAtMs = nowMs;
    return [{ to: this.address, bytes: this.#packet }];
  }

  override get deadlineMs(): number {
    return this.state === "handshake" ? Math.min(this.#nextAtMs, this.#deadlineMs) : super.deadlineMs;
  }

  /** The hub is known to be up: what has no answer yet goes out again with the next poll, however long ago it last did. */
  hurry(nowMs: number): void {
    if (this.state !== "handshake") return;
    // Of INITs it is counted how many the answer may belong to.
    if (!this.#initiation) this.#sendings = 0;
    this.#nextAtMs = nowMs;
  }

  #startAgain(): void {
    this.#initiation = undefined;
    this.#hello = { ...this.#hello, nonce: this.#options.random(NONCE_BYTES) };
    this.#packet = encodeHello(this.#hello);
    this.#sendings = 0;
  }

  #onRetry(bytes: Uint8Array, nowMs: number): void {
    const { nonceHead, fields } = parseRetry(bytes);
    if (!nonceHead.every((byte, i) => byte === this.#hello.nonce[i])) return;
    if (!fields.versions.includes(VERSION_1)) {
      // Not authenticated: a forger may only end a handshake that it could also have swallowed.
      this.#refuse("VERSION", "the hub speaks no version that we know");
      return;
    }
    if (fields.version !== VERSION_1) return;
    const { serverKey: pinned, acceptServerKey, limits, random } = this.#options;
    const isPinned = !pinned || pinned.every((byte, i) => byte === fields.serverKey[i]);
    const serverKey = new Uint8Array(fields.serverKey);
    if (!isPinned || acceptServerKey?.(serverKey) === false) {
      this.#refuse("AUTH", "the hub's key is not the expected one");
      return;
    }
    if (this.state !== "handshake") return;
    this.#init(
      { ...fields, serverKey, cookie: new Uint8Array(fields.cookie) },
      { ...DEFAULT_LIMITS, ...limits },
      random,
      nowMs,
    );
  }

  #init(retry: RetryFields, limits: SessionLimits, random: RandomSource, nowMs: number): void {
    const prologue = encodeInitPrologue({
      hello: this.#hello,
      retry,
      clientCid: fromLatin1(this.localCid),
    });
    this.#initiation = initiate({
      staticKeys: this.#identity,
      responderStatic: retry.serverKey,
      prologue,
      ephemeralPrivate: random(32),
      payload: encodeLimits(limits),
    });
    this.remoteKeyText = toLatin1(retry.serverKey);
    this.#packet = encodeInit(prologue, this.#initiation.message1);
    this.#sendings = 0;
    this.#nextAtMs = nowMs;
  }

  #onAccept(bytes: Uint8Array, nowMs: number): void {
    const { clientCid, message2 } = parseAccept(bytes);
    if (cidKey(clientCid) !== this.localCid) return;
    const { payload, keys } = (this.#initiation as Initiation).readMessage2(message2);
    const remoteLimits = parseLimits(payload.subarray(CID_BYTES));
    const rttMs = nowMs - this.#sentAtMs;
    this.establish(
      new PacketKeys(keys.sendKey, keys.receiveKey, payload.subarray(0, CID_BYTES), nowMs),
      remoteLimits,
      // Of several INITs the answer may belong to any: only the first gives a clean sample.
      { rttMs, isCertain: this.#sendings === 1 },
      nowMs,
    );
    this.isConfirmed = true;
    // The server holds the session for real only when it has seen a packet under these keys.
    this.ping();
    this.#options.events.onOpen?.(this);
  }

  #refuse(code: ErrorCode, text: string): void {
    this.end({ code, text, by: "self" });
  }
}

/** Starts a session. Nothing happens until `poll` is called; see `Session` for its methods. */
export function createClientSession(options: ClientSessionOptions): ClientSession {
  return new ClientSession(options);
}
