import { PalaverError } from "../errors.ts";
import type { AckSchedule } from "./ack-schedule.ts";
import { FrameWriter, streamOverhead } from "./frame.ts";
import { INITIAL_WINDOW_BYTES } from "./congestion.ts";
import { DatagramSize } from "./datagram-size.ts";
import {
  DATA_HEADER_BYTES,
  LARGEST_DATAGRAM_BYTES,
  MAX_DATAGRAM_BYTES,
  MAX_PACKETS_IN_FLIGHT,
  MAX_PAYLOAD_BYTES,
  STREAM_PACKET_BYTES,
  TAG_BYTES,
} from "./limits.ts";
import type { Path } from "./path.ts";
import type { PacketKeys } from "./packet-keys.ts";
import { PathMemory } from "./path-memory.ts";
import { createRateController } from "./rate-controller.ts";
import { Recovery, type RecoverySink } from "./recovery.ts";
import { copiesFor, Redundancy, REDUNDANCY_MAX_BYTES, REDUNDANCY_WINDOW_SHARE } from "./redundancy.ts";
import { writeSegment } from "./segment-writer.ts";
import type { Segment } from "./send-stream.ts";
import type { SentFrame } from "./sent-frame.ts";
import type { SessionHost } from "./session-types.ts";
import type { StreamTable } from "./stream-table.ts";

/** Unreliable datagrams waiting to leave; the oldest gives way, since the latest wins. */
const MAX_DGRAMS = 16;
/** Numbers are skipped against optimistic ACKs (RFC 9000 section 21.4): one in 64 to 319. */
const MIN_SKIP = 64;
/** Packets that a probe timeout sends: two, so that one loss does not cost another timeout. */
const PROBE_PACKETS = 2;
/** Probes in a row without an answer after which a server waits until the peer speaks. */
const MAX_SERVER_PROBES = 10;

// One packet is built at a time, in any session.
const writer = new FrameWriter(new Uint8Array(LARGEST_DATAGRAM_BYTES - DATA_HEADER_BYTES - TAG_BYTES));
/** Bytes in flight from which on larger packets are worth a probe, which keeps all else waiting when it is lost. */
const BULK_BYTES = 8 * MAX_DATAGRAM_BYTES;

/** Everything that leaves a session: fills packets, numbers and seals them, and decides when the next may go. */
export class Outbox implements RecoverySink {
  readonly memory = new PathMemory();
  /** Both are there only while something is under way: ten thousand idle sessions should cost little. */
  #recovery: Recovery | undefined;
  #redundancy: Redundancy | undefined;
  #size: DatagramSize | undefined;
  readonly #streams: StreamTable;
  readonly #acks: AckSchedule;
  readonly #host: SessionHost;
  readonly #path: Path;
  readonly #isServer: boolean;
  #keys: PacketKeys | undefined;
  #dgrams: Uint8Array[] | undefined;
  #nextNumber = 0;
  #skipAt: number;
  #isPingDue = false;
  #probesDue = 0;
  /** Bytes of the largest datagram that the peer reads. */
  peerReadsBytes = MAX_DATAGRAM_BYTES;
  bytesOut = 0;
  packetsOut = 0;

  constructor(streams: StreamTable, acks: AckSchedule, host: SessionHost, path: Path, isServer: boolean) {
    this.#streams = streams;
    this.#acks = acks;
    this.#host = host;
    this.#path = path;
    this.#isServer = isServer;
    this.#skipAt = this.#drawSkip();
  }

  setKeys(keys: PacketKeys): void {
    this.#keys = keys;
  }

  get recovery(): Recovery {
    const create = this.#host.createController ?? createRateController;
    return (this.#recovery ??= new Recovery(this.memory, this.#nextNumber - 1, create()));
  }

  /** Wakes nothing: the sender's part of a session's figures. */
  stats() {
    const { rtt, loss } = this.memory;
    const recovery = this.#recovery;
    return {
      rttMs: rtt.smoothedMs,
      rttVariationMs: rtt.variationMs,
      minRttMs: rtt.minMs,
      lossRate: loss.measured,
      bytesOut: this.bytesOut,
      packetsOut: this.packetsOut,
      inFlightBytes: recovery?.inFlightBytes ?? 0,
      windowBytes: recovery?.congestion.windowBytes ?? INITIAL_WINDOW_BYTES,
      probeCount: recovery?.probeCount ?? 0,
    };
  }

  /** Nothing is under way, and there is something to let go of. */
  get maySleep(): boolean {
    const recovery = this.#recovery;
    return (
      recovery !== undefined && recovery.packetsInFlight === 0 && this.#probesDue === 0 && !this.#hasOutput
    );
  }

  /** Lets go of all that is only needed while something is under way. */
  sleep(): void {
    this.#recovery = undefined;
    this.#redundancy = undefined;
    this.#size = undefined;
    this.#dgrams = undefined;
  }

  queueDgram(bytes: Uint8Array): void {
    const queue = (this.#dgrams ??= []);
    if (queue.length >= MAX_DGRAMS) queue.shift();
    queue.push(new Uint8Array(bytes));
  }

  queuePing(): void {
    this.#isPingDue = true;
  }

  onFrameAcked(frame: SentFrame): void {
    if (frame.type === "ack") this.#acks.received.forgetAcksBelow(frame.largest);
    else if (frame.type === "size") this.#size?.onProbeAcked(frame.bytes);
    else this.#streams.onFrameAcked(frame);
    if (frame.type === "stream") this.#size?.onCarried(frame.length);
  }

  onFrameLost(frame: SentFrame): void {
    if (frame.type === "size") this.#size?.onProbeLost();
    this.#streams.onFrameLost(frame);
  }

  onAck(ranges: readonly (readonly [number, number])[], delayMs: number, nowMs: number): void {
    const largest = (ranges[0] as readonly [number, number])[1];
    // While nothing is under way it is nearly always the ACK of an ACK, beside a ping.
    if (this.#recovery) this.#recovery.onAck(ranges, delayMs, this, nowMs);
    else if (largest >= this.#nextNumber) throw new PalaverError("PROTOCOL", "an ACK of an unsent packet");
    this.#keys?.onAcked(largest);
    this.#probesDue = 0;
  }

  /** The peer is at another address: what is in flight went astray. */
  onPathChanged(): void {
    this.recovery.abandonInFlight(this);
    this.#size = undefined;
  }

  /** A server that got no answer for long leaves the next word to the peer: it may be asleep. */
  get isMute(): boolean {
    return this.#isServer && (this.#recovery?.probeCount ?? 0) >= MAX_SERVER_PROBES;
  }

  /** The peer spoke: probes may go on. */
  onPeerHeard(): void {
    if (this.isMute) this.recovery.probeCount = MAX_SERVER_PROBES - 1;
  }

  get #hasWindow(): boolean {
    const { inFlightBytes, packetsInFlight, congestion } = this.recovery;
    // A small window is filled by a few smaller packets, and a large one not by its last bytes.
    const bytes = Math.max(MAX_DATAGRAM_BYTES, Math.min(this.#packetBytes, congestion.windowBytes / 4));
    return packetsInFlight < MAX_PACKETS_IN_FLIGHT && inFlightBytes + bytes <= congestion.windowBytes;
  }

  get #hasOutput(): boolean {
    return this.#isPingDue || (this.#dgrams?.length ?? 0) > 0 || this.#streams.hasOutput;
  }

  deadlineMs(nowMs: number): number {
    if (this.#probesDue > 0) return 0;
    const deadlineMs = this.isMute ? Infinity : (this.#recovery?.deadlineMs ?? Infinity);
    const wantedAtMs = this.#hasOutput ? 0 : (this.#redundancy?.deadlineMs ?? Infinity);
    if (wantedAtMs === Infinity || !this.#hasWindow) return deadlineMs;
    const { pacer, congestion } = this.recovery;
    return Math.min(deadlineMs, Math.max(wantedAtMs, pacer.readyAtMs(congestion.pacingRate, nowMs)));
  }

  onTimers(nowMs: number): void {
    if (!this.#recovery || this.isMute || nowMs < this.#recovery.deadlineMs) return;
    if (!this.#recovery.onTimeout(this, nowMs)) return;
    // Smaller ones that vanish say nothing of the size.
    if (this.#recovery.probeCount > 1 && this.#recovery.hasLarger(MAX_DATAGRAM_BYTES))
      this.#size?.fallBack(nowMs);
    this.#probesDue = PROBE_PACKETS;
  }

  /** Builds the next packet, or returns nothing when there is nothing that may leave now. */
  next(nowMs: number): Uint8Array | undefined {
    const isProbe = this.#probesDue > 0;
    const mayData = isProbe || this.#mayData(nowMs);
    if (mayData && !isProbe) {
      const probe = this.#nextSizeProbe(nowMs);
      if (probe) return probe;
    }
    const frames: SentFrame[] = [];
    writer.at = 0;
    writer.end = this.#payloadBytes;
    this.#acks.write(writer, frames, nowMs);
    const ackEnd = writer.at;
    let copyBytes = 0;
    if (mayData) copyBytes = this.#writeEliciting(frames, isProbe, nowMs);
    const isEliciting = writer.at > ackEnd;
    if (!isEliciting && !(ackEnd > 0 && this.#acks.isDue)) return undefined;
    if (ackEnd > 0) this.#acks.onSent();
    const number = this.#takeNumber();
    const packet = this.#seal(number, nowMs);
    if (isEliciting) {
      if (isProbe) this.#probesDue--;
      this.recovery.onSent(
        { number, bytes: packet.length, frames, copyBytes, isAppLimited: !this.#streams.hasOutput },
        this,
        nowMs,
      );
    }
    return packet;
  }

  /** What the path is known to carry. */
  get #packetBytes(): number {
    return this.#size?.packetBytes(this.recovery.congestion.pacingRate) ?? MAX_DATAGRAM_BYTES;
  }

  /** Of the next packet: no more than the window has room for, and never less than any path carries. */
  get #payloadBytes(): number {
    if (this.#packetBytes === MAX_DATAGRAM_BYTES) return MAX_PAYLOAD_BYTES;
    const { inFlightBytes, congestion } = this.recovery;
    const room = Math.floor(congestion.windowBytes - inFlightBytes);
    return Math.max(MAX_PAYLOAD_BYTES, Math.min(this.#packetBytes, room) - DATA_HEADER_BYTES - TAG_BYTES);
  }

  /** While much is under way: nothing but padding, to see whether the path carries that much. */
  #nextSizeProbe(nowMs: number): Uint8Array | undefined {
    if (this.recovery.inFlightBytes < BULK_BYTES || !this.#host.maxSendBytes) return undefined;
    if (!this.#size) {
      const { address } = this.#path;
      const isStream = this.#host.isStream?.(address);
      const mostBytes = isStream ? STREAM_PACKET_BYTES : this.#host.maxSendBytes(address);
      this.#size = new DatagramSize(Math.min(mostBytes, this.peerReadsBytes), isStream);
    }
    const bytes = this.#size.probeBytes(nowMs);
    if (bytes === undefined) return undefined;
    writer.at = 0;
    writer.end = bytes - DATA_HEADER_BYTES - TAG_BYTES;
    writer.ping();
    writer.pad();
    const number = this.#takeNumber();
    const packet = this.#seal(number, nowMs);
    const frames: SentFrame[] = [{ type: "size", bytes }];
    this.recovery.onSent(
      { number, bytes: packet.length, frames, copyBytes: 0, isAppLimited: false },
      this,
      nowMs,
    );
    this.#size.onProbeSent();
    return packet;
  }

  /** Whether there is something to send besides an ACK, and window and pacer let it go. */
  #mayData(nowMs: number): boolean {
    if (!this.#hasOutput && !this.#redundancy) return false;
    const { pacer, congestion } = this.recovery;
    return this.#hasWindow && pacer.readyAtMs(congestion.pacingRate, nowMs) <= nowMs;
  }

  /** Seals a packet outside recovery: path probes and CLOSE, which are repeated by their own rules. */
  alone(write: (writer: FrameWriter) => void, nowMs: number): Uint8Array {
    writer.at = 0;
    writer.end = MAX_PAYLOAD_BYTES;
    write(writer);
    return this.#seal(this.#takeNumber(), nowMs);
  }

  /** Writes all but the ACK and returns the bytes of it that are copies. */
  #writeEliciting(frames: SentFrame[], isProbe: boolean, nowMs: number): number {
    this.#streams.writeAnnouncements(writer, frames, this.memory.rtt, nowMs);
    while (this.#dgrams?.[0] && writer.room >= this.#dgrams[0].length + 3) {
      writer.dgram(this.#dgrams.shift() as Uint8Array);
    }
    const copies = copiesFor(this.memory.loss.rate);
    const before = writer.at;
    if (this.#redundancy) this.#writeCopies(this.#redundancy, frames, isProbe, nowMs);
    let copyBytes = writer.at - before;
    this.#streams.writeData(writer, frames, (stream, segment) => {
      // Sparse means that the stream has said all it has for now: a part of something long is not repeated.
      if (copies === 0 || stream.unsentBytes > 0 || stream.hasLost) return;
      this.#redundancy ??= new Redundancy();
      this.#redundancy.note(stream, segment, copies, nowMs);
    });
    if (isProbe && writer.at === before) copyBytes += this.#writeOldest(frames);
    if (this.#isPingDue || (isProbe && writer.at === before)) {
      if (writer.room > 0) writer.ping();
      this.#isPingDue = false;
    }
    return copyBytes;
  }

  #writeCopies(redundancy: Redundancy, frames: SentFrame[], isProbe: boolean, nowMs: number): void {
    const { copyBytes, congestion } = this.recovery;
    if (!isProbe && copyBytes >= REDUNDANCY_WINDOW_SHARE * congestion.windowBytes) {
      redundancy.skipDue(nowMs);
      return;
    }
    const overhead = streamOverhead(2 ** 14, 2 ** 30, REDUNDANCY_MAX_BYTES);
    const isOwnPacket = !this.#hasOutput && !isProbe;
    for (const [stream, segment] of redundancy.take(writer.room, overhead, isOwnPacket, nowMs)) {
      writeSegment(writer, frames, stream, segment);
    }
    if (redundancy.isEmpty) this.#redundancy = undefined;
  }

  /** Repeats the oldest unacknowledged stream data: a probe should carry what the peer waits for. */
  #writeOldest(frames: SentFrame[]): number {
    const before = writer.at;
    const seen = new Set<string>();
    for (const frame of this.recovery.oldestFrames()) {
      if (frame.type !== "stream") continue;
      const part: Segment | undefined = frame.stream.unackedPart(frame);
      const key = `${frame.stream.id} ${frame.offset}`;
      if (!part || seen.has(key)) continue;
      if (writer.room < streamOverhead(frame.stream.id, part.offset, part.length) + part.length) break;
      seen.add(key);
      writeSegment(writer, frames, frame.stream, part);
    }
    return writer.at - before;
  }

  #takeNumber(): number {
    if (this.#nextNumber === this.#skipAt) {
      this.recovery.onSkipped(this.#nextNumber++);
      this.#skipAt = this.#drawSkip();
    }
    this.#recovery?.onNumberUsed(this.#nextNumber);
    return this.#nextNumber++;
  }

  #drawSkip(): number {
    return this.#nextNumber + MIN_SKIP + (this.#host.random(1)[0] as number);
  }

  #seal(number: number, nowMs: number): Uint8Array {
    const packet = (this.#keys as PacketKeys).seal(number, writer.written(), nowMs, this.#host.memory);
    this.bytesOut += packet.length;
    this.packetsOut++;
    return packet;
  }
}
