import type { Caller, Reply } from "@palaver/plugin-api";
import { cleanText } from "@palaver/protocol";
import type { PublishedMessage } from "../users/published-message.ts";
import type { Datagram } from "../transport/udp-socket.ts";
import type { Route } from "../transport/udp.ts";
import type { Peer } from "./peer.ts";
import { replyText } from "./reply-text.ts";

export interface TextPeerOptions {
  readonly id: string;
  /** As people write it: `127.0.0.1:5353`. */
  readonly address: string;
  /** The listener it came through; its mount may change. */
  readonly listener: { readonly listen: { readonly mount: string | undefined } };
  readonly proven: boolean;
  /** True on TCP, where an answer is not cut into datagrams. */
  readonly stream: boolean;
  /** Absent on TCP. */
  readonly route?: Route;
  send(sent: Datagram): void;
  /** Ends its connection. Absent for datagrams. */
  end?: () => void;
  /** Resolves when what was sent has left; undefined when it has. Absent for datagrams, which never wait. */
  drained?: () => Promise<void> | undefined;
}

/** A peer that speaks plain text. */
export class TextPeer implements Peer {
  readonly id: string;
  readonly stream: boolean;
  readonly route: Route | undefined;
  readonly calls = new Set<AbortController>();
  readonly send: (sent: Datagram) => void;
  readonly end: () => void;
  readonly drained: NonNullable<TextPeerOptions["drained"]>;
  readonly #listener: TextPeerOptions["listener"];
  /** Its network is one that the operator trusts: it knows no rate. */
  isTrusted = false;
  proven: boolean;
  heardAtMs = 0;
  /** On a connection: it was told of more errors than its rate has. */
  isTooWrong = false;
  #caller: Caller;
  #unanswered = 0;
  #onAnswered: (() => void) | undefined;
  #onAllAnswered: (() => void) | undefined;

  constructor(options: TextPeerOptions) {
    this.id = options.id;
    this.#listener = options.listener;
    this.route = options.route;
    this.stream = options.stream;
    this.send = options.send;
    this.end = options.end ?? (() => {});
    this.drained = options.drained ?? (() => undefined);
    this.proven = options.proven;
    this.#caller = {
      id: options.id,
      nick: undefined,
      roles: [],
      dialect: "text",
      address: options.address,
      key: undefined,
      online: false,
    };
  }

  get mount(): string | undefined {
    return this.#listener.listen.mount;
  }

  /** Its address without the port. */
  get host(): string {
    return this.#caller.address.slice(0, this.#caller.address.lastIndexOf(":"));
  }

  get caller(): Caller {
    return this.#caller;
  }

  setNick(nick: string | undefined): void {
    this.#caller = { ...this.#caller, nick, online: nick !== undefined };
  }

  deliver(reply: Reply): void {
    this.sendLine(replyText(reply));
  }

  deliverMessage(message: PublishedMessage, isInMany: boolean): void {
    this.send(message.line(isInMany));
  }

  /** Its lease is over: nothing leads from the address to it any more. */
  forget(): void {
    const { to } = this.route ?? {};
    if (to?.peer === this) to.peer = undefined;
  }

  /** Messages whose answer has not ended. */
  get unanswered(): number {
    return this.#unanswered;
  }

  asked(): void {
    this.#unanswered++;
  }

  answered(): void {
    this.#unanswered--;
    const callback = this.#onAnswered;
    this.#onAnswered = undefined;
    callback?.();
    if (this.#unanswered === 0) this.#onAllAnswered?.();
  }

  /** Calls back once, when the next answer ends. */
  whenAnswered(callback: () => void): void {
    this.#onAnswered = callback;
  }

  /** Calls back once everything that was asked is answered. */
  whenAllAnswered(callback: () => void): void {
    if (this.#unanswered === 0) callback();
    else this.#onAllAnswered = callback;
  }

  /** One line or a few, cleaned; the caller sees to it that they fit into a datagram. */
  sendLine(text: string): void {
    if (text !== "") this.send(`${cleanText(text, { newlines: true })}\n`);
  }
}
