import { abortable, type Abortable } from "../abort.ts";
import type { Link } from "./link.ts";

interface Ping {
  readonly link: Link;
  readonly sinceMs: number;
  readonly answer: Abortable<boolean>;
}

/** Waits for signs of life. Bounded by its callers, each of whom waits. */
export class Pings {
  readonly #pings = new Set<Ping>();

  /** Asks for a sign of life; false when the link was lost before one came. */
  async ask(link: Link, signal: AbortSignal | undefined): Promise<boolean> {
    const sinceMs = link.session.stats().lastReceivedAtMs;
    link.session.ping();
    link.touch();
    const answer = abortable<boolean>(signal, () => this.#pings.delete(ping));
    const ping: Ping = { link, sinceMs, answer };
    this.#pings.add(ping);
    return answer.promise;
  }

  /** Something came, or another link (or none) is in use now. */
  check(current: Link | undefined): void {
    for (const ping of this.#pings) {
      const { link, sinceMs, answer } = ping;
      const isLost = link !== current;
      if (!isLost && link.session.stats().lastReceivedAtMs <= sinceMs) continue;
      this.#pings.delete(ping);
      answer.resolve(!isLost);
    }
  }

  close(error: Error): void {
    for (const { answer } of this.#pings) answer.reject(error);
    this.#pings.clear();
  }
}
