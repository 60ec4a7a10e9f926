import { ERROR_NUMBERS, type ErrorCode, errorCodeOf, PalaverError } from "../errors.ts";
import { BlockedWrites, writableBytes } from "./blocked-writes.ts";
import { type Frame, type FrameWriter, streamOverhead } from "./frame.ts";
import type { SessionLimits } from "./limits.ts";
import type { RttEstimate } from "./rtt.ts";
import type { SentFrame } from "./sent-frame.ts";
import type { Ownership, Segment, SendStream } from "./send-stream.ts";
import { writeSegment } from "./segment-writer.ts";
import { Stream } from "./stream.ts";
import { StreamCounters } from "./stream-counters.ts";
import { StreamsById } from "./streams-by-id.ts";
import { CONTROL_STREAM_ID, makeStreamId, type Role, splitStreamId, type StreamKind } from "./stream-id.ts";
import type { Session } from "./session.ts";
import type { SessionEvents, SessionOptions } from "./session-types.ts";

/** Chunks out of order that a session keeps: an honest peer has at most its 512 packets in flight. */
const MAX_WAITING_CHUNKS = 1024;

/** All streams of a session: opening, credit in both directions, and whose turn it is to send. */
export class StreamTable {
  readonly #role: Role;
  readonly #local: SessionLimits;
  #remote: SessionLimits;
  readonly #session: Session;
  readonly #events: SessionEvents;
  readonly #streams = new StreamsById();
  /** There from the first stream that is not the control stream. */
  #counters: StreamCounters | undefined;
  /** Streams with something to send, in turn; and those with a RESET or credit to say. */
  #sendable: Set<Stream> | undefined;
  #announcing: Set<Stream> | undefined;
  readonly #blocked = new BlockedWrites();
  #bufferedBytes = 0;
  #waitingChunks = 0;
  /** Session credit: given by the peer and used; given by us, arrived and consumed. */
  #sendCreditEnd: number;
  #sentBytes = 0;
  #receiveCreditEnd: number;
  #receivedBytes = 0;
  #consumedBytes = 0;
  #isMaxDataDue = false;

  constructor({ role, limits, remoteLimits, host }: SessionOptions, session: Session) {
    this.#session = session;
    this.#role = role;
    this.#local = limits;
    this.#remote = remoteLimits;
    this.#events = host.events;
    this.#sendCreditEnd = remoteLimits.sessionCreditBytes;
    this.#receiveCreditEnd = limits.sessionCreditBytes;
  }

  /** The client learns the server's limits after it may have opened streams. */
  setRemoteLimits(remote: SessionLimits): void {
    this.#remote = remote;
    this.#sendCreditEnd = remote.sessionCreditBytes;
    for (const stream of this.#streams) stream.send.creditEnd = remote.streamCreditBytes;
  }

  get #counts(): StreamCounters {
    return (this.#counters ??= new StreamCounters());
  }

  /** Lets go of empty queues. */
  sleep(): void {
    this.#streams.sleep();
    if (this.#sendable?.size === 0) this.#sendable = undefined;
    if (this.#announcing?.size === 0) this.#announcing = undefined;
  }

  get bufferedTotal(): number {
    return this.#bufferedBytes;
  }

  /** A request of ours has not been answered to its end. */
  get isAwaitingReply(): boolean {
    return this.#counters?.isAwaitingReply ?? false;
  }

  // --- what the application does ---

  /** Opens a stream; undefined when the peer's limit for this kind is reached, or our own: a peer may say any number. */
  open(kind: StreamKind): number | undefined {
    if (kind === "control") return CONTROL_STREAM_ID;
    const { kindIndex } = splitStreamId(makeStreamId(this.#role, kind, 0));
    const maxStreams = Math.min(this.#remote.maxStreams, this.#local.maxStreams);
    if (this.#counts.get("openLocal", kindIndex) >= maxStreams) return undefined;
    const id = makeStreamId(this.#role, kind, this.#counts.get("nextLocal", kindIndex));
    this.#counts.add("nextLocal", kindIndex, 1);
    this.#create(id, kindIndex, true);
    return id;
  }

  write(id: number, bytes: Uint8Array, ownership: Ownership): number {
    const stream = this.#find(id);
    if (!stream || stream.send.isFinished || stream.send.resetCode !== undefined) return 0;
    const accepted = Math.min(writableBytes(stream.send, this.#bufferedBytes), bytes.length);
    stream.send.write(accepted === bytes.length ? bytes : bytes.subarray(0, accepted), ownership);
    if (accepted < bytes.length) this.#blocked.add(stream.send);
    this.#bufferedBytes += accepted;
    this.#queue(stream);
    return accepted;
  }

  finish(id: number): void {
    const stream = this.#find(id);
    if (!stream || id === CONTROL_STREAM_ID) return;
    stream.send.finish();
    this.#queue(stream);
  }

  reset(id: number, code: ErrorCode): void {
    const stream = this.#streams.get(id);
    if (!stream || id === CONTROL_STREAM_ID) return;
    this.#resetSending(stream, code);
    this.#discardReceiving(stream);
    this.#settle(stream);
  }

  consume(id: number, bytes: number): void {
    const stream = this.#streams.get(id);
    if (!stream || stream.receive.isDiscarding) return;
    stream.receive.consume(bytes);
    this.#onConsumed(bytes);
    if (stream.receive.isCreditDue) {
      stream.isCreditDue = true;
      this.#announce(stream);
    }
    this.#settle(stream);
  }

  bufferedBytes(id: number): number {
    return this.#streams.get(id)?.send.bufferedBytes ?? 0;
  }

  awaitAck(id: number, bytes: number): void {
    const stream = this.#streams.get(id);
    if (stream) stream.send.awaitedBytes = bytes;
  }

  // --- what the peer says ---

  onStreamFrame(frame: Frame & { type: "stream" }): void {
    const stream = this.#find(frame.id);
    if (!stream) return;
    const { receive } = stream;
    const before = receive.waitingChunks;
    const growth = receive.insert(frame.offset, frame.bytes, frame.isLast);
    this.#addReceived(growth);
    if (receive.isDiscarding) {
      this.#onConsumed(growth);
      this.#settle(stream);
      return;
    }
    for (let bytes = receive.read(); bytes; bytes = receive.read())
      this.#events.onData(this.#session, frame.id, bytes);
    this.#waitingChunks += receive.waitingChunks - before;
    if (this.#waitingChunks > MAX_WAITING_CHUNKS)
      throw new PalaverError("FLOW", "too many gaps in the streams");
    if (receive.takeEnd()) this.#events.onFinish?.(this.#session, frame.id);
    this.#settle(stream);
  }

  onResetFrame(frame: Frame & { type: "reset" }): void {
    const stream = this.#find(frame.id);
    if (!stream) return;
    if (frame.id === CONTROL_STREAM_ID) throw new PalaverError("PROTOCOL", "the control stream was reset");
    const wasComplete = stream.receive.isComplete;
    const growth = stream.receive.endAt(frame.finalSize);
    this.#addReceived(growth);
    const wasDiscarding = stream.receive.isDiscarding;
    if (wasDiscarding) this.#onConsumed(growth);
    else if (!wasComplete) this.#discardReceiving(stream);
    const wasOver = wasComplete && (stream.send.isDone || stream.send.resetCode !== undefined);
    if (!stream.send.isDone) this.#resetSending(stream, "NO_ERROR");
    // Who has said all it will may still want no answer any more.
    if (!wasDiscarding && !wasOver) this.#events.onReset?.(this.#session, frame.id, errorCodeOf(frame.code));
    this.#settle(stream);
  }

  onMaxData(maximum: number): void {
    this.#sendCreditEnd = Math.max(this.#sendCreditEnd, maximum);
  }

  onMaxStream(id: number, maximum: number): void {
    const stream = this.#find(id);
    if (!stream) return;
    stream.send.creditEnd = Math.max(stream.send.creditEnd, maximum);
    this.#queue(stream);
  }

  onFrameAcked(frame: SentFrame): void {
    if (frame.type === "reset") {
      frame.stream.isResetAcked = true;
      this.#settle(this.#streams.get(frame.stream.id));
      this.#unblock();
      return;
    }
    if (frame.type !== "stream") return;
    const { stream } = frame;
    const before = stream.bufferedBytes;
    const isAwaited = stream.ackedBytes < stream.awaitedBytes;
    stream.onAcked(frame);
    this.#bufferedBytes -= before - stream.bufferedBytes;
    this.#settle(this.#streams.get(stream.id));
    this.#unblock();
    if (isAwaited) this.#events.onAcked?.(this.#session, stream.id, stream.ackedBytes);
  }

  #unblock(): void {
    this.#blocked.release(this.#bufferedBytes, (id) => this.#events.onWritable?.(this.#session, id));
  }

  onFrameLost(frame: SentFrame): void {
    if (frame.type === "maxData") {
      this.#isMaxDataDue = true;
      return;
    }
    if (frame.type === "ack" || frame.type === "size") return;
    const stream = this.#streams.get(frame.type === "maxStream" ? frame.id : frame.stream.id);
    if (!stream) return;
    if (frame.type === "stream") {
      stream.send.onLost(frame);
      if (stream.send.hasLost) this.#queue(stream);
    } else if (frame.type === "reset") {
      stream.isResetDue = !stream.send.isResetAcked;
      this.#announce(stream);
    } else {
      stream.isCreditDue = true;
      this.#announce(stream);
    }
  }

  // --- what goes out ---

  /** Whether `writeAnnouncements` or `writeData` has something to write. */
  get hasOutput(): boolean {
    return this.#isMaxDataDue || (this.#announcing?.size ?? 0) > 0 || this.#nextSendable() !== undefined;
  }

  /** Writes RESETs and credit. */
  writeAnnouncements(writer: FrameWriter, frames: SentFrame[], rtt: RttEstimate, nowMs: number): void {
    if (this.#isMaxDataDue && writer.room >= 16) {
      this.#isMaxDataDue = false;
      this.#receiveCreditEnd = this.#consumedBytes + this.#local.sessionCreditBytes;
      writer.maxData(this.#receiveCreditEnd);
      frames.push({ type: "maxData" });
    }
    for (const stream of this.#announcing ?? []) {
      if (writer.room < 64) return;
      const { id } = stream.send;
      if (stream.isResetDue) {
        stream.isResetDue = false;
        writer.reset(id, ERROR_NUMBERS[stream.send.resetCode ?? "NO_ERROR"], stream.send.sentEnd);
        frames.push({ type: "reset", stream: stream.send });
      }
      if (stream.isCreditDue) {
        stream.isCreditDue = false;
        if (!stream.receive.isComplete) {
          writer.maxStream(id, stream.receive.giveCredit(rtt, nowMs));
          frames.push({ type: "maxStream", id });
        }
      }
      this.#announcing?.delete(stream);
    }
  }

  /** Fills the packet with stream data, a segment of each stream in turn; `onNew` hears of each. */
  writeData(
    writer: FrameWriter,
    frames: SentFrame[],
    onSegment: (stream: SendStream, segment: Segment, isNew: boolean) => void,
  ): void {
    for (;;) {
      const stream = this.#nextSendable();
      if (!stream) return;
      const { send } = stream;
      const room = writer.room - streamOverhead(send.id, send.sentEnd, writer.room);
      if (room < 1) return;
      const newFrom = send.sentEnd;
      const segment = send.take(room, this.#sendCreditEnd - this.#sentBytes);
      // To the back of the queue: one packet, one turn.
      this.#sendable?.delete(stream);
      if (!segment) continue;
      if (segment.length > 0 && segment.offset >= newFrom) this.#sentBytes += segment.length;
      this.#queue(stream);
      writeSegment(writer, frames, send, segment);
      onSegment(send, segment, segment.offset >= newFrom);
      this.#settle(stream);
    }
  }

  #nextSendable(): Stream | undefined {
    // Asked several times a packet, mostly with nothing there.
    if (this.#sendable === undefined || this.#sendable.size === 0) return undefined;
    const credit = this.#sendCreditEnd - this.#sentBytes;
    const control = this.#streams.get(CONTROL_STREAM_ID);
    // Control first: a join or a notice must not wait behind a long output.
    if (control?.send.canSend(credit)) return control;
    for (const stream of this.#sendable) {
      if (stream.send.canSend(credit)) return stream;
      // A stream without credit of its own comes back with MAX_STREAM; one that waits for the session's stays.
      if (credit > 0 || stream.send.unsentBytes === 0) this.#sendable.delete(stream);
    }
    return undefined;
  }

  #queue(stream: Stream): void {
    (this.#sendable ??= new Set()).add(stream);
  }

  #announce(stream: Stream): void {
    (this.#announcing ??= new Set()).add(stream);
  }

  #resetSending(stream: Stream, code: ErrorCode): void {
    if (stream.send.resetCode !== undefined || (stream.send.isDone && stream.receive.isComplete)) return;
    this.#blocked.delete(stream.send);
    this.#bufferedBytes -= stream.send.bufferedBytes;
    stream.send.reset(code);
    stream.isResetDue = true;
    this.#sendable?.delete(stream);
    this.#announce(stream);
  }

  #discardReceiving(stream: Stream): void {
    if (stream.receive.isDiscarding) return;
    this.#waitingChunks -= stream.receive.waitingChunks;
    this.#onConsumed(stream.receive.discard());
  }

  #addReceived(growth: number): void {
    this.#receivedBytes += growth;
    if (this.#receivedBytes > this.#receiveCreditEnd)
      throw new PalaverError("FLOW", "the session exceeds its credit");
  }

  #onConsumed(bytes: number): void {
    this.#consumedBytes += bytes;
    const used = this.#local.sessionCreditBytes - (this.#receiveCreditEnd - this.#consumedBytes);
    if (used >= this.#local.sessionCreditBytes / 2) this.#isMaxDataDue = true;
  }

  /** Finds a stream, or opens the one that the peer has just begun. Throws for ids that nobody may use. */
  #find(id: number): Stream | undefined {
    const known = this.#streams.get(id);
    if (known) return known;
    const { opener, kind, kindIndex, sequence } = splitStreamId(id);
    if (id === CONTROL_STREAM_ID) return this.#create(id, kindIndex, this.#role === "client");
    if (kind === "control") throw new PalaverError("PROTOCOL", "there is one control stream");
    if (opener === this.#role) {
      if (sequence >= this.#counts.get("nextLocal", kindIndex)) {
        throw new PalaverError("PROTOCOL", "a stream we never opened");
      }
      return undefined;
    }
    // Streams are opened in order, so that all below the newest exist or are over: no list of old ids is needed.
    const next = this.#counts.get("nextRemote", kindIndex);
    if (sequence < next) return undefined;
    if (sequence - next + 1 + this.#counts.get("openRemote", kindIndex) > this.#local.maxStreams) {
      throw new PalaverError("FLOW", "too many streams");
    }
    this.#counts.add("nextRemote", kindIndex, sequence + 1 - next);
    for (let i = next; i <= sequence; i++) {
      const opened = makeStreamId(opener, kind, i);
      this.#create(opened, kindIndex, false);
      this.#events.onStream?.(this.#session, opened, kind);
    }
    return this.#streams.get(id);
  }

  #create(id: number, kindIndex: number, isLocal: boolean): Stream {
    const stream = new Stream(id, kindIndex, isLocal, this.#local, this.#remote);
    this.#streams.add(stream);
    if (id !== CONTROL_STREAM_ID) this.#counts.add(isLocal ? "openLocal" : "openRemote", kindIndex, 1);
    return stream;
  }

  /**
   * Uncounts a stream that is over, and forgets it once the application has used all of it.
   *
   * The accepting side uncounts when it has sent its end, the opener only when that end has arrived: so the opener's
   * count is never the smaller one, and an honest opener cannot exceed the limit.
   */
  #settle(stream: Stream | undefined): void {
    if (!stream) return;
    const { send, receive } = stream;
    if (send.id === CONTROL_STREAM_ID || !receive.isComplete) return;
    if (stream.isCounted && (stream.isLocal ? send.isDone : send.isEndSent)) {
      stream.isCounted = false;
      this.#counts.add(stream.isLocal ? "openLocal" : "openRemote", stream.kindIndex, -1);
    }
    if (send.isDone && receive.isDone) {
      this.#streams.delete(send.id);
      this.#sendable?.delete(stream);
      this.#announcing?.delete(stream);
    }
  }
}
