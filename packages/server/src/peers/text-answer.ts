import { setTimeout as wait } from "node:timers/promises";
import type { Reply } from "@palaver/plugin-api";
import { cleanText, fittingLength, maxTextBytes } from "@palaver/protocol";
import type { Sink } from "./peer.ts";
import { replyText } from "./reply-text.ts";
import type { Rests } from "./rests.ts";
import type { TextPeer } from "./text-peer.ts";

// A datagram ends in a line end, also where a longer line is cut.
const maxLineBytes = maxTextBytes - 1;
// A burst that a small receive buffer takes; what is longer is asked for with `more`.
const maxDatagrams = 8;
// Output that trickles is gathered this long, so that a short command's answer is one datagram.
const gatherMs = 50;
// What an unproven peer's answer may gather before its one datagram is cut from it.
const maxGatheredChars = 64 * 1024;
// What is dropped may take its time: a flood that nobody reads on costs the others nothing.
const droppedPauseMs = 10;

/** What the answers to all peers share. */
export interface TextAnswering {
  readonly rests: Rests;
  /** The line that ends an answer that goes on: it is what the peer sends to read on, and proves its address. */
  moreLine(peer: TextPeer): string;
  now(): number;
  /** May refuse an unproven peer's datagram when the hub sends too much of them in all. */
  allow(bytes: number): boolean;
}

/** The answer to one text message: gathers replies into datagrams, within what the peer may be sent. */
export class TextAnswer implements Sink {
  readonly #shared: TextAnswering;
  readonly #peer: TextPeer;
  readonly #number: number;
  readonly #unprovenBytes: number;
  // Only what programs print needs them.
  #decoders: { readonly stdout: TextDecoder; readonly stderr: TextDecoder } | undefined;
  #pending = "";
  #datagrams = 0;
  #cut = false;
  #isDropping = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param number of this answer, in the order they were begun.
   * @param unprovenBytes of the answer's one datagram for a peer whose address is not proven.
   */
  constructor(shared: TextAnswering, peer: TextPeer, number: number, unprovenBytes: number) {
    this.#shared = shared;
    this.#peer = peer;
    this.#number = number;
    this.#unprovenBytes = unprovenBytes;
  }

  /** A connection that does not read makes what answers it wait, and so does a rest that is full. */
  reply(reply: Reply): void | Promise<void> {
    this.#take(reply);
    return this.#isDropping ? wait(droppedPauseMs) : this.#peer.drained();
  }

  #take(reply: Reply): void {
    if (typeof reply !== "string" && "stream" in reply) {
      this.#decoders ??= { stdout: new TextDecoder(), stderr: new TextDecoder() };
      this.#gather(this.#decoders[reply.stream].decode(reply.bytes, { stream: true }));
      this.#timer ??= setTimeout(() => this.#flush(false), gatherMs);
      return;
    }
    const text = replyText(reply);
    if (text === "") return;
    // A status ends the answer, so that its line need not travel alone.
    const isOver = typeof reply !== "string" && reply.status !== undefined;
    if (!isOver && this.#isPlain(text)) return this.#sendLine(text);
    this.#startLine();
    this.#gather(`${text}\n`);
    if (!isOver) this.#flush(false);
  }

  /** Whether it fits the next datagram for sure and nothing waits before it, as it is with almost every answer. */
  #isPlain(text: string): boolean {
    const { proven, stream } = this.#peer;
    const isFirst = this.#datagrams === 0 && this.#pending === "";
    return isFirst && proven && !stream && 3 * text.length <= maxLineBytes;
  }

  /** Taken apart, put together and measured a few times on its way, it would take twice as long. */
  #sendLine(text: string): void {
    // With its line end, since a carriage return before it is a part of that.
    this.#peer.send(cleanText(`${text}\n`, { newlines: true }));
    this.#datagrams++;
  }

  end(refusal?: { readonly message: string }): void {
    if (this.#decoders) this.#gather(this.#decoders.stdout.decode() + this.#decoders.stderr.decode());
    if (refusal) {
      this.#startLine();
      this.#gather(`${refusal.message}\n`);
    }
    this.#flush(true);
  }

  /** False also when the hub may send no more to those that are not proven. */
  get hasLeft(): boolean {
    return this.#datagrams > 0 || this.#cut;
  }

  #startLine(): void {
    if (this.#pending !== "" && !this.#pending.endsWith("\n")) this.#pending += "\n";
  }

  #gather(text: string): void {
    if (text === "") return;
    this.#pending += cleanText(text, { newlines: true });
    if (!this.#peer.proven) {
      this.#isDropping = this.#pending.length > maxGatheredChars;
      if (this.#isDropping) this.#pending = this.#pending.slice(0, maxGatheredChars);
    } else if (this.#pending.length >= maxTextBytes) this.#flush(false);
  }

  #flush(ended: boolean): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = undefined;
    const peer = this.#peer;
    if (ended) this.#endLine();
    if (!peer.proven) {
      if (ended) this.#sendUnproven();
    } else if (peer.stream) {
      if (this.#pending !== "") peer.send(this.#pending);
      this.#pending = "";
    } else {
      this.#sendDatagrams(ended);
    }
  }

  #endLine(): void {
    if (this.#pending !== "" && !this.#pending.endsWith("\n")) this.#pending += "\n";
  }

  #sendDatagrams(ended: boolean): void {
    while (!this.#cut) {
      const length = fittingLength(this.#pending, maxLineBytes);
      const last = this.#datagrams === maxDatagrams - 1;
      if (length < this.#pending.length) {
        if (last) this.#sendCut(maxTextBytes, !ended);
        else this.#send(length);
        continue;
      }
      // A line that is not complete waits for its end, and the last datagram for the end of the answer: only
      // then it shows whether it needs room for the `more` line.
      const complete = ended ? length : last ? 0 : this.#pending.lastIndexOf("\n") + 1;
      if (complete > 0) this.#send(complete);
      return;
    }
    this.#keep(!ended);
  }

  #sendUnproven(): void {
    if (this.#pending === "") return;
    const unprovenBytes = this.#unprovenBytes;
    const bytes = Buffer.byteLength(this.#pending);
    if (!this.#shared.allow(Math.min(bytes, unprovenBytes))) return;
    if (bytes <= unprovenBytes) this.#send(this.#pending.length);
    else this.#sendCut(unprovenBytes, false);
  }

  #send(length: number): void {
    const text = this.#pending.slice(0, length);
    this.#peer.send(text.endsWith("\n") ? text : `${text}\n`);
    this.#pending = this.#pending.slice(length);
    this.#datagrams++;
  }

  /** Sends what fits beside the `more` line and keeps the rest for it. */
  #sendCut(maxBytes: number, open: boolean): void {
    const more = this.#shared.moreLine(this.#peer);
    const head = this.#pending.slice(0, fittingLength(this.#pending, maxBytes - Buffer.byteLength(more) - 1));
    this.#peer.send(`${head.trimEnd()}\n${more}`);
    this.#pending = this.#pending.slice(head.length);
    this.#cut = true;
    this.#keep(open);
  }

  #keep(open: boolean): void {
    const { rests, now } = this.#shared;
    this.#isDropping = !rests.add(this.#peer, this.#number, this.#pending, open, now());
    this.#pending = "";
  }
}
