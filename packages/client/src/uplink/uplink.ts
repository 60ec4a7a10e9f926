import type { CloseReason, ControlMessage, ErrorCode } from "@palaver/protocol";
import type { HubError } from "../connection.ts";
import { problem, refusal } from "../hub-error.ts";
import { createBackoff } from "./backoff.ts";
import { nowMs } from "./clock.ts";
import { type Dial, type DialOptions, isFinalReason, startDial, type Welcome } from "./dial.ts";
import type { Link, LinkEvents } from "./link.ts";

/** A link with so many probes unanswered, and so long a silence, is taken for lost. */
const LOST_PROBES = 3;
const LOST_SILENCE_MS = 2000;

export interface UplinkEvents {
  /** A new session stands. Everything that belonged to the one before is void. */
  onSession(link: Link, welcome: Welcome): void;
  /** The session that had fallen silent is alive after all. */
  onAwake(): void;
  /** The hub is out of reach. While `isOver` is false the session may still come back. */
  onLost(error: HubError, isOver: boolean): void;
  /** An attempt failed; the next one comes. */
  onRetry(error: HubError): void;
  /** It is of no use to go on. */
  onFatal(error: HubError): void;
  onControl(message: ControlMessage): void;
  onData(stream: number, bytes: Uint8Array): void;
  onEnd(stream: number, code?: ErrorCode): void;
  /** Events of one packet are over. */
  onReceived(): void;
}

export type UplinkOptions = Omit<DialOptions, "events" | "onWon" | "onFailed" | "nick"> & {
  readonly events: UplinkEvents;
  nick(): string | undefined;
};

/** Keeps one session to the hub: notices when it is lost, and then tries for a new one beside it; the first wins. */
export class Uplink {
  readonly #options: UplinkOptions;
  readonly #backoff = createBackoff(Math.random);
  readonly #linkEvents: LinkEvents;
  #link: Link | undefined;
  #linkSinceMs = 0;
  #isSilent = false;
  #dial: Dial | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: UplinkOptions) {
    this.#options = options;
    const { events } = options;
    const isCurrent = (link: Link) => link === this.#link;
    this.#linkEvents = {
      onOpen() {},
      onControl: (link, message) => isCurrent(link) && events.onControl(message),
      onData(link, stream, bytes) {
        if (isCurrent(link)) events.onData(stream, bytes);
        else link.session.consume(stream, bytes.length);
      },
      onEnd: (link, stream, code) => isCurrent(link) && events.onEnd(stream, code),
      onReceived: (link) => isCurrent(link) && this.#onReceived(link),
      onPolled: (link) => isCurrent(link) && this.#onPolled(link),
      onClosed: (link, reason) => isCurrent(link) && this.#onClosed(reason),
    };
  }

  /** The session in use, dead or alive. */
  get link(): Link | undefined {
    return this.#link;
  }

  start(): void {
    if (this.#isClosed) return;
    this.#retryTimer = undefined;
    const { events, nick, ...options } = this.#options;
    this.#dial = startDial({
      ...options,
      nick: nick(),
      events: this.#linkEvents,
      onWon: (link, welcome) => this.#onWon(link, welcome),
      onFailed: (error, isFinal) => {
        this.#dial = undefined;
        if (isFinal) {
          events.onFatal(error);
          return;
        }
        events.onRetry(error);
        this.#retryLater();
      },
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopDialling();
    const link = this.#link;
    this.#link = undefined;
    await link?.close();
  }

  #retryLater(): void {
    if (this.#isClosed) return;
    this.#retryTimer = setTimeout(() => this.start(), this.#backoff.nextMs());
  }

  #stopDialling(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#dial?.abort();
    this.#dial = undefined;
  }

  #onWon(link: Link, welcome: Welcome): void {
    const before = this.#link;
    this.#dial = undefined;
    this.#link = link;
    this.#linkSinceMs = nowMs();
    this.#isSilent = false;
    this.#options.events.onSession(link, welcome);
    // The hub need not wait for the old session's end; it goes last, so that we never seem to have left.
    void before?.close();
  }

  #onReceived(link: Link): void {
    if (this.#isSilent && nowMs() - link.session.stats().lastReceivedAtMs < LOST_SILENCE_MS) {
      this.#isSilent = false;
      this.#stopDialling();
      this.#options.events.onAwake();
    }
    this.#options.events.onReceived();
  }

  #onPolled(link: Link): void {
    if (this.#isSilent || link.session.state !== "open") return;
    const { probeCount, lastReceivedAtMs } = link.session.stats();
    if (probeCount < LOST_PROBES || nowMs() - lastReceivedAtMs < LOST_SILENCE_MS) return;
    this.#isSilent = true;
    this.#backoff.onEnded(lastReceivedAtMs - this.#linkSinceMs);
    this.#options.events.onLost(problem("TIMEOUT", "noAnswer"), false);
    this.start();
  }

  #onClosed(reason: CloseReason): void {
    this.#link = undefined;
    const wasSilent = this.#isSilent;
    this.#isSilent = false;
    if (isFinalReason(reason)) {
      this.#stopDialling();
      this.#options.events.onFatal(refusal(reason.code, reason.text));
      return;
    }
    this.#options.events.onLost(refusal(reason.code, reason.text), true);
    // Of a silent session everybody knows, and the next attempt is under way.
    if (wasSilent) return;
    this.#backoff.onEnded(nowMs() - this.#linkSinceMs);
    this.#retryLater();
  }
}
