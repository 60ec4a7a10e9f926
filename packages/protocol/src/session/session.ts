import { type ErrorCode, errorCodeOf, PalaverError } from "../errors.ts";
import { AckSchedule } from "./ack-schedule.ts";
import { Closing } from "./closing.ts";
import { type Frame, type FrameWriter, readFrame } from "./frame.ts";
import { MAX_DGRAM_BYTES, type SessionLimits } from "./limits.ts";
import { fromLatin1, toLatin1 } from "./latin1.ts";
import { Liveness } from "./liveness.ts";
import { Outbox } from "./outbox.ts";
import { tryParseDataHeader } from "./packet.ts";
import type { PacketKeys } from "./packet-keys.ts";
import { Path } from "./path.ts";
import { REDUNDANCY_INTERVAL_MS, REDUNDANCY_MIN_LOSS } from "./redundancy.ts";
import type { Ownership } from "./send-stream.ts";
import type { CloseReason, Datagram, SessionHost, SessionOptions, SessionStats } from "./session-types.ts";
import type { Role, StreamKind } from "./stream-id.ts";
import { StreamTable } from "./stream-table.ts";
import { ByteReader } from "./varint.ts";

/** Silence after which a session with nothing under way shrinks to what it must remember. */
const SLEEP_AFTER_MS = 2000;

export type SessionState = "handshake" | "open" | "closing" | "closed";

/** An established or coming session: the same core for both roles, without sockets, timers, clock or randomness. */
export class Session {
  readonly role: Role;
  /** For the application: whatever belongs to this session, so that it needs no map of its own. */
  app: unknown;
  /** Our connection id: what the peer writes into its packets, as 8 Latin-1 characters. */
  readonly localCid: string;
  /** Position in the endpoint's deadline queue; -1 when it is in none. */
  queueIndex = -1;
  queuedDeadlineMs = Infinity;
  isConfirmed = false;
  /** The server's only chance of a round trip from the handshake: ACCEPT out, first DATA in. */
  isAcceptRepeated = false;
  protected readonly host: SessionHost;
  protected readonly limits: SessionLimits;
  protected readonly path: Path;
  protected remoteKeyText: string;
  #state: SessionState = "handshake";
  #keys: PacketKeys | undefined;
  readonly #streams: StreamTable;
  readonly #acks = new AckSchedule();
  readonly #outbox: Outbox;
  #isReady = false;
  #nowMs: number;
  readonly #liveness: Liveness;
  #closing: Closing | undefined;
  #bytesIn = 0;
  #packetsIn = 0;

  constructor(options: SessionOptions) {
    this.role = options.role;
    this.host = options.host;
    this.limits = options.limits;
    this.localCid = options.localCid;
    this.remoteKeyText = toLatin1(options.remoteKey);
    this.path = new Path(options.address);
    this.#nowMs = options.nowMs;
    this.#liveness = new Liveness(
      options.role,
      options.keepAliveMs,
      options.limits.idleTimeoutMs,
      options.nowMs,
    );
    this.#streams = new StreamTable(options, this);
    this.#outbox = new Outbox(this.#streams, this.#acks, options.host, this.path, options.role === "server");
  }

  /** The peer's static key, 32 bytes; on the server the client's identity, proven once the session is confirmed. */
  get remoteKey(): Uint8Array {
    return fromLatin1(this.remoteKeyText);
  }

  get state(): SessionState {
    return this.#state;
  }

  /** When the last authentic packet came, on the caller's clock. */
  get lastReceivedAtMs(): number {
    return this.#liveness.lastReceivedAtMs;
  }

  get address(): string {
    return this.path.address;
  }

  // --- the application's side ---

  /** Opens a stream and returns its id; undefined when the peer allows no more of this kind. */
  open(kind: StreamKind = "other"): number | undefined {
    return this.#isOver ? undefined : this.#streams.open(kind);
  }

  /**
   * Queues bytes and returns how many were accepted; after fewer, wait for `onWritable`.
   * @param ownership whether a copy is kept, which is the default, or `bytes` as they are.
   */
  write(id: number, bytes: Uint8Array, ownership: Ownership = "copied"): number {
    if (this.#isOver) return 0;
    const accepted = this.#streams.write(id, bytes, ownership);
    this.#liveness.onActive(this.#nowMs);
    this.wake();
    return accepted;
  }

  /** Ends our half of a stream after what is queued. */
  finish(id: number): void {
    this.#streams.finish(id);
    this.wake();
  }

  /** Gives a stream up in both directions, and drops what is queued. */
  reset(id: number, code: ErrorCode): void {
    this.#streams.reset(id, code);
    this.wake();
  }

  /** Says that `bytes` of a stream's data have been used, so that the peer may send as many again. */
  consume(id: number, bytes: number): void {
    this.#streams.consume(id, bytes);
    this.wake();
  }

  /** Bytes written on a stream and not yet acknowledged. */
  bufferedBytes(id: number): number {
    return this.#streams.bufferedBytes(id);
  }

  /** Bytes written on all streams and not yet acknowledged. */
  get bufferedTotal(): number {
    return this.#streams.bufferedTotal;
  }

  /** Has `onAcked` tell how far the peer has a stream, until it has acknowledged the first `bytes` of it. */
  awaitAck(id: number, bytes: number): void {
    this.#streams.awaitAck(id, bytes);
  }

  /** Sends bytes that may get lost; of more than 16 waiting the oldest is dropped. Throws TOO_LARGE above 1000 bytes. */
  sendDatagram(bytes: Uint8Array): void {
    if (bytes.length > MAX_DGRAM_BYTES)
      throw new PalaverError("TOO_LARGE", "a datagram has at most 1000 bytes");
    if (this.#isOver) return;
    this.#outbox.queueDgram(bytes);
    this.wake();
  }

  /** Asks the peer for a sign of life; also what a client does when it knows that its own address changed. */
  ping(): void {
    this.#outbox.queuePing();
    this.wake();
  }

  /** Ends the session: the peer is told, what is queued is dropped. */
  close(code: ErrorCode = "NO_ERROR", text = ""): void {
    if (this.#isOver) return;
    if (this.#keys) this.#closing = new Closing(code, text);
    this.#state = this.#keys ? "closing" : "closed";
    this.wake();
    this.host.events.onClose?.(this, { code, text, by: "self" });
  }

  stats(): SessionStats {
    return {
      ...this.#outbox.stats(),
      bytesIn: this.#bytesIn,
      packetsIn: this.#packetsIn,
      address: this.path.address,
      pathChanges: this.path.changes,
      lastReceivedAtMs: this.#liveness.lastReceivedAtMs,
    };
  }

  // --- the wire's side ---

  /** Takes a datagram that carries our connection id. Anything that does not authenticate changes nothing. */
  receive(bytes: Uint8Array, from: string, nowMs: number): void {
    const header = tryParseDataHeader(bytes, this.limits.maxDatagramBytes);
    if (!header || !this.#keys || this.#state === "closed") return;
    if (!this.#acks.received.isNew(header.packetNumber)) return;
    const payload = this.#keys.open(bytes, header.phase, header.packetNumber, nowMs);
    if (!payload) return;
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    const isNewest = header.packetNumber > this.#acks.received.highest;
    this.#outbox.onPeerHeard();
    this.#bytesIn += bytes.length;
    this.#packetsIn++;
    this.wake();
    if (this.#closing) {
      this.#closing.onPeerHeard();
      return;
    }
    if (!this.isConfirmed) {
      this.isConfirmed = true;
      const rttMs = this.#nowMs - this.#liveness.lastReceivedAtMs;
      if (!this.isAcceptRepeated) this.#outbox.memory.rtt.update(rttMs, 0, 0, this.#nowMs);
      this.host.onConfirmed?.(this);
    }
    this.#liveness.lastReceivedAtMs = this.#nowMs;
    if (this.role === "server")
      this.path.onPacket(from, bytes.length, isNewest, this.host.random, this.#nowMs);
    try {
      this.#readFrames(payload, header.packetNumber, bytes.length, from);
    } catch (error) {
      if (!(error instanceof PalaverError)) throw error;
      this.close(error.code, error.message);
    }
  }

  /** Does what is due at `nowMs` and returns the datagrams to send. */
  poll(nowMs: number): Datagram[] {
    const out: Datagram[] = [];
    this.#nowMs = nowMs = Math.max(this.#nowMs, nowMs);
    this.#isReady = false;
    if (this.#closing && this.#state === "closing") this.#pollClosing(this.#closing, out, nowMs);
    if (this.#state !== "open") return out;
    try {
      this.#onTimers(nowMs);
      if (this.#state !== "open") return out;
      this.#sendPathPackets(out, nowMs);
      for (let bytes = this.#outbox.next(nowMs); bytes; bytes = this.#outbox.next(nowMs)) {
        out.push({ to: this.path.address, bytes });
        this.#liveness.onSent(nowMs);
      }
    } catch (error) {
      if (!(error instanceof PalaverError)) throw error;
      this.close(error.code, error.message);
    }
    return out;
  }

  /** When `poll` wants to be called next, on the caller's clock; 0 means at once, undefined never. */
  nextTimeout(): number | undefined {
    const deadlineMs = this.deadlineMs;
    return deadlineMs === Infinity ? undefined : deadlineMs;
  }

  get deadlineMs(): number {
    if (this.#state === "closed") return Infinity;
    if (this.#isReady) return 0;
    if (this.#closing) return this.#closing.deadlineMs;
    if (this.#state === "handshake") return Infinity;
    return Math.min(
      this.#liveness.deadlineMs(this.#outbox.memory.rtt.smoothedMs, this.#streams.isAwaitingReply),
      this.#acks.deadlineMs,
      this.path.deadlineMs,
      this.#outbox.deadlineMs(this.#nowMs),
      this.#sleepAtMs,
    );
  }

  // --- for the handshake ---

  protected establish(
    keys: PacketKeys,
    remoteLimits: SessionLimits,
    roundTrip: { rttMs: number; isCertain: boolean } | undefined,
    nowMs: number,
  ): void {
    this.#keys = keys;
    this.#outbox.setKeys(keys);
    this.#streams.setRemoteLimits(remoteLimits);
    this.#outbox.peerReadsBytes = remoteLimits.maxDatagramBytes;
    const { rtt } = this.#outbox.memory;
    if (roundTrip?.isCertain) rtt.update(roundTrip.rttMs, 0, 0, nowMs);
    else if (roundTrip) rtt.hint(roundTrip.rttMs);
    this.#nowMs = nowMs;
    this.#liveness.restart(nowMs);
    this.#state = "open";
    this.wake();
  }

  /** Ends without a word: nobody listens, or there are no keys yet. */
  protected end(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#state = "closed";
    this.wake();
    this.host.events.onClose?.(this, reason);
  }

  protected wake(): void {
    this.#isReady = true;
    this.host.onWake?.(this);
  }

  #readFrames(payload: Uint8Array, packetNumber: number, packetBytes: number, from: string): void {
    const reader = new ByteReader(payload);
    let isEliciting = false;
    // A frame may close the session; what stands behind it is not read.
    while (reader.remaining > 0 && this.#state === "open") {
      if (this.#onFrame(readFrame(reader), from)) isEliciting = true;
    }
    if (reader.remaining === 0) this.#acks.onRead(packetNumber, this.#nowMs);
    if (!isEliciting) return;
    this.#acks.onEliciting(packetNumber, packetBytes, this.#nowMs);
    this.#liveness.onActive(this.#nowMs);
  }

  /** When a session with nothing under way lets go of what it does not need, or Infinity. */
  get #sleepAtMs(): number {
    return this.#outbox.maySleep ? this.#liveness.quietSinceMs + SLEEP_AFTER_MS : Infinity;
  }

  /** Acts on one frame; true when its packet must be acknowledged. */
  #onFrame(frame: Frame, from: string): boolean {
    switch (frame.type) {
      case "pad":
        return false;
      case "ping":
        return true;
      case "ack":
        this.#outbox.onAck(frame.ranges, frame.delayMs, this.#nowMs);
        return false;
      case "stream":
        this.#streams.onStreamFrame(frame);
        return true;
      case "reset":
        this.#streams.onResetFrame(frame);
        return true;
      case "maxData":
        this.#streams.onMaxData(frame.maximum);
        return true;
      case "maxStream":
        this.#streams.onMaxStream(frame.id, frame.maximum);
        return true;
      case "dgram":
        this.host.events.onDatagram?.(this, new Uint8Array(frame.bytes));
        return true;
      case "pathChallenge":
        // A client's packets go to its hub, whoever forwarded the question.
        this.path.onChallenge(frame.token, this.role === "client" ? this.path.address : from);
        return false;
      case "pathResponse":
        this.#onPathResponse(frame.token, from);
        return false;
      default:
        this.end({ code: errorCodeOf(frame.code), text: frame.text, by: "peer" });
        return false;
    }
  }

  #onPathResponse(token: Uint8Array, from: string): void {
    const previous = this.path.address;
    if (!this.path.onResponse(token, from)) return;
    this.#outbox.onPathChanged();
    this.host.events.onAddress?.(this, from, previous);
  }

  #onTimers(nowMs: number): void {
    if (this.#liveness.isIdle(nowMs)) {
      this.end({ code: "IDLE", text: "nothing was heard for too long", by: "silence" });
      return;
    }
    this.#acks.onTimeout(nowMs);
    this.#outbox.onTimers(nowMs);
    const { smoothedMs } = this.#outbox.memory.rtt;
    if (nowMs >= this.#sleepAtMs) {
      this.#outbox.sleep();
      this.#streams.sleep();
    }
    if (this.#liveness.takePing(smoothedMs, this.#streams.isAwaitingReply, nowMs)) this.#outbox.queuePing();
  }

  #sendPathPackets(out: Datagram[], nowMs: number): void {
    if (!this.path.isUnderQuestion) return;
    const { rtt, loss } = this.#outbox.memory;
    const intervalMs = loss.rate > REDUNDANCY_MIN_LOSS ? REDUNDANCY_INTERVAL_MS : rtt.probeTimeoutMs(0);
    for (const { to, token, isResponse } of this.path.takeMessages(intervalMs, nowMs)) {
      const write = (writer: FrameWriter): void =>
        isResponse ? writer.pathResponse(token) : writer.pathChallenge(token);
      out.push({ to, bytes: this.#outbox.alone(write, nowMs) });
    }
  }

  #pollClosing(closing: Closing, out: Datagram[], nowMs: number): void {
    const { rtt, loss } = this.#outbox.memory;
    // Without a packet number left nothing more can be said, not even goodbye.
    const isMute = closing.code === "EXPIRED";
    const step = isMute
      ? "over"
      : closing.step(rtt.probeTimeoutMs(0), loss.rate > REDUNDANCY_MIN_LOSS, nowMs);
    if (step === "over") {
      this.#state = "closed";
      this.host.onWake?.(this);
    } else if (step === "send") {
      out.push({
        to: this.path.address,
        bytes: this.#outbox.alone((writer) => closing.write(writer, this.#acks, nowMs), nowMs),
      });
    }
  }

  get #isOver(): boolean {
    return this.#state === "closing" || this.#state === "closed";
  }
}
