import {
  type ClientSession,
  CONTROL_STREAM_ID,
  type CloseReason,
  type ControlMessage,
  createClientSession,
  createRecordDecoder,
  DEFAULT_LIMITS,
  LARGEST_DATAGRAM_BYTES,
  type ErrorCode,
  decodeControl,
  PalaverError,
} from "@palaver/protocol";
import { randomBytes } from "node:crypto";
import type { Carrier, CarrierEvents } from "../carrier/carrier.ts";
import { MAX_OPEN_CALLS } from "../requests/bounds.ts";
import { nowMs } from "./clock.ts";
import { createWire, type Wire } from "./wire.ts";

/** Timers of Node hold no more. */
const MAX_TIMER_MS = 0x7fff_ffff;
/** Copies of CLOSE leave within this time when the path loses packets. */
const CLOSE_COPIES_MS = 30;
const COPIES_MIN_LOSS = 0.02;
/** The one address of a session: the carrier knows where that is. */
const HUB = "hub";

export interface LinkEvents {
  /** Keys are agreed. */
  onOpen(link: Link): void;
  onControl(link: Link, message: ControlMessage): void;
  /** Bytes of a room's or a request's stream; `link.wire.consume` gives their credit back. */
  onData(link: Link, stream: number, bytes: Uint8Array): void;
  /** The hub ended the stream, or gave it up with `code`. */
  onEnd(link: Link, stream: number, code?: ErrorCode): void;
  /** A packet was dealt with. */
  onReceived(link: Link): void;
  /** Timers were dealt with. */
  onPolled(link: Link): void;
  /** Told once, also when we closed it. */
  onClosed(link: Link, reason: CloseReason): void;
}

export interface LinkOptions {
  readonly identity: Uint8Array;
  readonly acceptServerKey: (key: Uint8Array) => boolean;
  readonly openCarrier: (events: CarrierEvents) => Carrier;
  /** Bytes of the largest datagram that may be tried. */
  readonly maxSendBytes: number;
  readonly events: LinkEvents;
}

/** One session over one carrier, with the timer that drives it. */
export class Link {
  readonly session: ClientSession;
  readonly wire: Wire;
  readonly #carrier: Carrier;
  readonly #events: LinkEvents;
  readonly #decoder = createRecordDecoder();
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;
  #polling: NodeJS.Immediate | undefined;
  #isOver = false;
  #isTold = false;

  constructor({ identity, acceptServerKey, openCarrier, maxSendBytes, events }: LinkOptions) {
    this.#events = events;
    this.session = createClientSession({
      identity,
      acceptServerKey,
      serverAddress: HUB,
      random: randomBytes,
      // Commands whose output nobody reads must not take the credit of the rooms.
      limits: {
        sessionCreditBytes:
          DEFAULT_LIMITS.sessionCreditBytes + MAX_OPEN_CALLS * DEFAULT_LIMITS.streamCreditBytes,
        maxDatagramBytes: LARGEST_DATAGRAM_BYTES,
      },
      events: {
        onOpen: () => events.onOpen(this),
        onData: (_session, stream, bytes) => this.#onData(stream, bytes),
        onFinish: (_session, stream) => events.onEnd(this, stream),
        onReset: (_session, stream, code) => events.onEnd(this, stream, code),
        onClose: (_session, reason) => this.#tell(reason),
      },
      maxSendBytes: () => maxSendBytes,
      isStream: () => this.#carrier.kind === "tcp",
      nowMs: nowMs(),
    });
    this.wire = createWire(this.session, () => this.touch());
    this.#carrier = openCarrier({
      onFrame: (frame) => this.#receive(frame),
      onGone: (text) => {
        this.drop();
        this.#tell({ code: "TIMEOUT", text, by: "silence" });
      },
    });
    this.touch();
  }

  get kind(): Carrier["kind"] {
    return this.#carrier.kind;
  }

  /** Has the session polled before the process waits again: what is ready together shares a packet. */
  touch(): void {
    if (this.#isOver) return;
    this.#polling ??= setImmediate(() => this.#poll());
  }

  /** The hub is known to be up: a handshake that waits asks again at once. */
  hurry(): void {
    this.session.hurry(nowMs());
    this.touch();
  }

  /** Says goodbye; resolves when that has left. */
  async close(code: ErrorCode = "NO_ERROR", text = ""): Promise<void> {
    if (this.#isOver) return;
    const { lossRate } = this.session.stats();
    this.session.close(code, text);
    this.#poll();
    if (lossRate > COPIES_MIN_LOSS && !this.#isOver)
      await new Promise((resolve) => setTimeout(resolve, CLOSE_COPIES_MS));
    this.drop();
  }

  /** Ends without a word. */
  drop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#polling);
    this.#carrier.close();
  }

  #receive(frame: Uint8Array): void {
    if (this.#isOver) return;
    this.session.receive(frame, HUB, nowMs());
    this.wire.flush();
    this.#events.onReceived(this);
    this.touch();
  }

  #poll(): void {
    clearImmediate(this.#polling);
    this.#polling = undefined;
    const now = nowMs();
    for (const { bytes } of this.session.poll(now)) this.#carrier.send(bytes);
    if (this.session.state === "closed") {
      this.drop();
      return;
    }
    this.#events.onPolled(this);
    this.#schedule(now);
  }

  #schedule(now: number): void {
    const atMs = this.session.nextTimeout();
    if (this.#isOver || atMs === undefined) return;
    if (atMs <= now) {
      this.touch();
      return;
    }
    // A timer that fires early finds nothing due and looks again; only a nearer deadline needs a new one.
    if (this.#timer && this.#timerAtMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#poll();
      },
      Math.min(Math.ceil(atMs - now), MAX_TIMER_MS),
    );
  }

  #onData(stream: number, bytes: Uint8Array): void {
    try {
      if (stream !== CONTROL_STREAM_ID) {
        this.#events.onData(this, stream, bytes);
        return;
      }
      this.session.consume(stream, bytes.length);
      for (const record of this.#decoder.push(bytes)) {
        const message = decodeControl(record);
        if (message) this.#events.onControl(this, message);
      }
    } catch (error) {
      if (!(error instanceof PalaverError)) throw error;
      this.session.close(error.code, error.message);
    }
  }

  #tell(reason: CloseReason): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#events.onClosed(this, reason);
  }
}
