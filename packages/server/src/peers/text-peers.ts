import { RateLimiter } from "@palaver/plugin-api/host";
import { decodeText, type TextEncoding, type Undecodable } from "@palaver/protocol";
import type { Sheddable } from "../memory/shedding.ts";
import type { Connection } from "../transport/tcp.ts";
import type { Remote } from "../transport/remote.ts";
import type { Transport } from "../transport/transport.ts";
import type { Datagram } from "../transport/udp-socket.ts";
import type { UdpTransport } from "../transport/udp.ts";
import { patience, type Occupant } from "./crowding.ts";
import type { Sink } from "./peer.ts";
import { createNetworkSet, prefixOf } from "./networks.ts";
import { createAddressProof, looksLikeToken } from "./proof.ts";
import { Rests } from "./rests.ts";
import { TextAnswer, type TextAnswering } from "./text-answer.ts";
import { createTextConnection, type TextConnection } from "./text-connection.ts";
import { TextPeer } from "./text-peer.ts";

/** A peer that is silent for this long has left: it crashed, was unplugged, or lost interest. */
const leaseMs = 120_000;

// What an unproven peer gets for a datagram of n bytes: at most max(3 n, 160), as QUIC (RFC 9000, 8) has it, with a
// floor that holds one short sentence.
const amplification = 3;
const floorBytes = 160;
// A proven peer may ask this much by itself; a person never does.
const provenLimit = { perSecond: 50, burst: 100 };
// What is no command is answered less often, so that two programs that answer each other's errors come to rest.
const errorLimit = { perSecond: 20, burst: 100 };
// Offers leave within the bytes for all unproven peers, some 900 a second: who confirms within four seconds finds what it
// asked for, however many addresses somebody forges.
const maxPendingProofs = 4096;

/** What the operator decides about text peers. */
export interface TextSettings {
  /** Networks whose addresses need no proof and know no rate. */
  readonly trust: readonly string[];
  readonly encoding: TextEncoding;
  /** Replies to unproven peers: a second and at once for each /24 (IPv4) or /56 (IPv6), bytes a second in all. */
  readonly repliesPerSecond: number;
  readonly burst: number;
  readonly bytesPerSecond: number;
  readonly maxPeers: number;
}

export interface TextPeersOptions {
  /** Handles one message; it calls `sink.end` exactly once. */
  handle(peer: TextPeer, text: string, sink: Sink): void;
  /** Whether the hub itself listens there: it never asks, so the address is forged, or a loop begins. */
  isOwn(from: Remote): boolean;
  /** The peer's lease ended or its connection closed. */
  gone(peer: TextPeer, reason: string): void;
  /** Called before anything is sent. */
  beforeSend(): void;
  now(): number;
}

/** The peers that speak text: datagrams and lines in, messages to the router, answers back. */
export class TextPeers {
  readonly #options: TextPeersOptions;
  readonly #peers = new Map<string, TextPeer>();
  readonly #rests = new Rests();
  readonly #proof = createAddressProof();
  #settings!: TextSettings;
  #trusts!: (address: string) => boolean;
  #unproven!: RateLimiter;
  #unprovenBytes!: RateLimiter;
  readonly #proven = new RateLimiter(provenLimit);
  readonly #errors = new RateLimiter(errorLimit);
  // What an unproven peer asked for and could not have; done when it proves its address.
  readonly #awaitingProof = new Map<string, string>();
  readonly #answering: TextAnswering;
  #answers = 0;
  #connections = 0;
  /** Messages that got no answer because their sender asked too often. */
  dropped = 0;

  constructor(settings: TextSettings, options: TextPeersOptions) {
    const { now } = options;
    this.#options = options;
    this.#answering = {
      rests: this.#rests,
      moreLine: (peer) => `more ${this.#proof.token(peer.id, now())}\n`,
      allow: (bytes) => this.#unprovenBytes.take("", now(), bytes),
      now,
    };
    this.configure(settings);
  }

  /** Takes other settings over; who is known already stays what it is. */
  configure(settings: TextSettings): void {
    this.#settings = settings;
    this.#trusts = createNetworkSet(settings.trust);
    for (const peer of this.#peers.values()) peer.isTrusted = this.#trusts(peer.host);
    this.#unproven = new RateLimiter({ perSecond: settings.repliesPerSecond, burst: settings.burst });
    this.#unprovenBytes = new RateLimiter(
      { perSecond: settings.bytesPerSecond, burst: settings.bytesPerSecond },
      1,
    );
  }

  get(id: string): TextPeer | undefined {
    return this.#peers.get(id);
  }

  get size(): number {
    return this.#peers.size;
  }

  receiveDatagram(datagram: Uint8Array, from: Remote, transport: UdpTransport): void {
    // Services on low ports (echo, chargen, DNS) never ask; something forged their address.
    if (from.port < 1024) return;
    const now = this.#options.now();
    const known = from.peer;
    const peer =
      known instanceof TextPeer && this.#peers.get(known.id) === known ? known : this.#meet(from, transport);
    if (!peer) return;
    peer.heardAtMs = now;
    if (this.#maySpeak(peer, from.address, now)) this.#receive(peer, datagram, now);
    else this.dropped++;
  }

  /**
   * A TCP connection proves its address by existing; its lines are its messages.
   * @param ready the connection may ask again.
   */
  connect(connection: Connection, transport: Transport, ready: () => void): TextConnection {
    const { address, port } = connection.remote;
    const peer = new TextPeer({
      id: `${transport.listen.url}|${address}|${port}|${++this.#connections}`,
      address: `${address}:${port}`,
      listener: transport,
      proven: true,
      stream: true,
      send: (sent) => {
        this.#options.beforeSend();
        connection.send(typeof sent === "string" ? Buffer.from(sent) : sent);
      },
      drained: () => connection.drained(),
      end: () => connection.endSoon(),
    });
    peer.isTrusted = this.#trusts(address);
    this.#keep(peer);
    return createTextConnection({
      peer,
      connection,
      limits: { asked: provenLimit, errors: errorLimit },
      takeToken: () => peer.isTrusted || this.#proven.take(peer.id, this.#options.now()),
      receive: (line) => {
        peer.heardAtMs = this.#options.now();
        this.#receive(peer, line, peer.heardAtMs);
      },
      ready,
      closed: () => this.#drop(peer, "connection closed"),
    });
  }

  /** Those who could be put out when memory is short: nobody in plain text owns a name. */
  *sheddable(): Iterable<Sheddable> {
    for (const peer of this.#peers.values()) {
      const standing = peer.caller.online ? "guest" : "unconfirmed";
      const shed = (text: string) => this.#putOut(peer, text, "the hub is short of memory");
      yield { standing, heardAtMs: peer.heardAtMs, shed };
    }
  }

  /** The connections of those who are not online, and wait for no answer. */
  *occupants(): Iterable<Occupant> {
    for (const peer of this.#peers.values()) {
      if (!peer.stream || peer.caller.online || peer.unanswered > 0) continue;
      const shed = (text: string) => this.#putOut(peer, text, "all connections are taken");
      yield { standing: "unconfirmed", patienceMs: patience.quiet, heardAtMs: peer.heardAtMs, shed };
    }
  }

  /** Ends the leases that ran out. Connections last until they close. */
  sweep(): void {
    const oldest = this.#options.now() - leaseMs;
    for (const peer of this.#peers.values()) {
      if (!peer.stream && peer.heardAtMs < oldest) this.#drop(peer, "no word for 120 s");
    }
  }

  /** The peer at an address that speaks for the first time, or whose transport had forgotten it. */
  #meet(from: Remote, transport: UdpTransport): TextPeer | undefined {
    if (this.#options.isOwn(from)) return undefined;
    const id = `${transport.listen.url}|${from.address}|${from.port}`;
    let peer = this.#peers.get(id);
    if (peer && peer.route?.transport !== transport) {
      // Its listener was taken away, and one on the same port is there now: nothing leaves through the old one any more.
      this.#drop(peer, "its listener was closed");
      peer = undefined;
    }
    if (!peer) {
      const proven = this.#trusts(from.address);
      const send = (sent: Datagram) => {
        this.#options.beforeSend();
        transport.send(sent, from);
      };
      const address = `${from.address}:${from.port}`;
      const route = { transport, to: from };
      peer = new TextPeer({ id, address, listener: transport, proven, stream: false, send, route });
      peer.isTrusted = proven;
      if (proven) this.#keep(peer);
    }
    from.peer = peer;
    return peer;
  }

  #maySpeak(peer: TextPeer, address: string, now: number): boolean {
    if (!peer.proven) return this.#unproven.take(prefixOf(address), now);
    return peer.isTrusted || this.#proven.take(peer.id, now);
  }

  #receive(peer: TextPeer, bytes: Uint8Array, now: number): void {
    const decoded = decodeText(bytes, this.#settings.encoding);
    if ("refused" in decoded) {
      const error = undecodable[decoded.refused];
      // Never longer than what it answers.
      const isShort = error !== undefined && (peer.stream || error.length < bytes.length);
      if (isShort && this.#mayHearError(peer, now)) this.#answer(peer, bytes.length).end({ message: error });
      return;
    }
    const answer = this.#answer(peer, bytes.length);
    if (this.#spokeOfProof(peer, decoded.text, bytes.length, answer, now)) return;
    this.#handle(peer, decoded.text, answer);
  }

  #handle(peer: TextPeer, text: string, answer: TextAnswer): void {
    peer.asked();
    this.#options.handle(peer, text, {
      reply: (reply) => answer.reply(reply),
      end: (refusal) => {
        const { now } = this.#options;
        if (refusal?.code === "UNPROVEN" && !peer.proven) this.#offerProof(peer, text, answer, now());
        else if (refusal?.code !== "UNKNOWN" || this.#mayHearError(peer, now())) answer.end(refusal);
        peer.answered();
      },
    });
  }

  /** Datagrams beyond the rate are not answered; a connection is, and is read no faster than that. */
  #mayHearError(peer: TextPeer, now: number): boolean {
    const isWithin = this.#errors.take(peer.id, now);
    if (peer.stream) peer.isTooWrong = !isWithin;
    return peer.stream || isWithin;
  }

  #answer(peer: TextPeer, requestBytes: number): TextAnswer {
    const unprovenBytes = Math.max(amplification * requestBytes, floorBytes);
    return new TextAnswer(this.#answering, peer, ++this.#answers, unprovenBytes);
  }

  #offerProof(peer: TextPeer, text: string, answer: TextAnswer, now: number): void {
    answer.end({
      message: `To show that this address is yours, send: confirm ${this.#proof.token(peer.id, now)}`,
    });
    // Without a token nobody confirms.
    if (!answer.hasLeft) return;
    if (this.#awaitingProof.size >= maxPendingProofs) {
      this.#awaitingProof.delete(this.#awaitingProof.keys().next().value!);
    }
    this.#awaitingProof.set(peer.id, text);
  }

  /** `confirm TOKEN`, `online TOKEN` and `more TOKEN`; false leaves the text to the router. */
  #spokeOfProof(
    peer: TextPeer,
    text: string,
    requestBytes: number,
    answer: TextAnswer,
    now: number,
  ): boolean {
    // Looked at first: most texts begin with another letter, and the pattern costs 50 ns.
    if (!maySpeakOfProof(text) || !ofProof.test(text)) return false;
    // Who is proven already need not repeat the token.
    if (peer.proven && peer.mount === undefined && !peer.caller.online && /^\/?more$/i.test(text)) {
      this.#more(peer, answer, now);
      return true;
    }
    const match = /^\/?(confirm|online|more)\s+(\S+)$/i.exec(text);
    const [, verb = "", token = ""] = match ?? [];
    if (!match || !looksLikeToken(token)) return false;
    if (!this.#proof.check(token, peer.id, now)) {
      // `more data` may be a phrase to look up or something said, `online anna` a nickname.
      const saidOtherwise = peer.mount !== undefined || (peer.caller.online && !text.startsWith("/"));
      if (saidOtherwise || verb.toLowerCase() === "online") return false;
      answer.end({ message: "That token is not for this address, or too old." });
      return true;
    }
    const wasProven = peer.proven;
    this.#prove(peer);
    if (verb.toLowerCase() === "more") this.#more(peer, answer, now);
    else if (verb.toLowerCase() === "confirm") this.#confirm(peer, wasProven, requestBytes, answer);
    else this.#handle(peer, "online", answer);
    return true;
  }

  #confirm(peer: TextPeer, wasProven: boolean, requestBytes: number, answer: TextAnswer): void {
    const waiting = this.#awaitingProof.get(peer.id);
    this.#awaitingProof.delete(peer.id);
    if (waiting !== undefined) this.#handle(peer, waiting, this.#answer(peer, requestBytes));
    // Who confirms twice had it done the first time.
    else answer.end({ message: wasProven ? "Confirmed." : confirmedTooLate });
  }

  #more(peer: TextPeer, answer: TextAnswer, now: number): void {
    const rest = this.#rests.take(peer.id, now);
    if (!rest || (rest.text === "" && !rest.open)) return answer.end({ message: "There is no more." });
    if (rest.text !== "") void answer.reply(rest.text.replace(/\n$/, ""));
    if (rest.open) void answer.reply(`(still running)\nmore ${this.#proof.token(peer.id, now)}`);
    answer.end();
  }

  #prove(peer: TextPeer): void {
    if (peer.proven) return;
    peer.proven = true;
    this.#keep(peer);
  }

  /** Makes room first: peers that are not online go, the longest known first. */
  #keep(peer: TextPeer): void {
    if (this.#peers.size >= this.#settings.maxPeers) {
      for (const known of this.#peers.values()) {
        if (known.caller.online || known.stream) continue;
        this.#drop(known, "the hub is full");
        break;
      }
    }
    // All are online: this one is answered all the same, but can't come online itself.
    if (this.#peers.size >= this.#settings.maxPeers && !peer.stream) return;
    this.#peers.set(peer.id, peer);
  }

  #putOut(peer: TextPeer, text: string, reason: string): void {
    peer.sendLine(`* ${text}`);
    this.#drop(peer, reason);
    peer.end();
  }

  #drop(peer: TextPeer, reason: string): void {
    if (!this.#peers.delete(peer.id)) return;
    peer.forget();
    for (const call of peer.calls) call.abort();
    this.#options.gone(peer, reason);
  }
}

function maySpeakOfProof(text: string): boolean {
  const first = text.charCodeAt(0);
  // A slash, or c, o or m in either case.
  return first === 0x2f || (first | 0x20) === 0x63 || (first | 0x20) === 0x6f || (first | 0x20) === 0x6d;
}

/** What `#spokeOfProof` looks at more closely. */
const ofProof = /^\/?(?:confirm|online|more)(?:\s|$)/i;

const confirmedTooLate = "Confirmed. What you asked for was not kept: send it again.";

const undecodable: Readonly<Record<Undecodable, string | undefined>> = {
  empty: undefined,
  encoding: "not UTF-8",
  "too long": "Too long: a message has at most 1000 bytes.",
};
