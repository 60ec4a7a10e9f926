import type { FrameWriter } from "./frame.ts";
import { MAX_ACK_DELAY_MS, MAX_DATAGRAM_BYTES } from "./limits.ts";
import { ReceivedPackets } from "./received-packets.ts";
import type { SentFrame } from "./sent-frame.ts";

/** An ACK goes out for two full packets that ask for one (RFC 9000 section 13.2.2), or for so many smaller ones. */
const ACK_EVERY_BYTES = 2 * MAX_DATAGRAM_BYTES;
const ACK_EVERY_PACKETS = 16;

/** When to acknowledge what has arrived: by bytes, by packets, after 25 ms, or at once when one is missing. */
export class AckSchedule {
  readonly received = new ReceivedPackets();
  #owedPackets = 0;
  #owedBytes = 0;
  #isUrgent = false;
  #deadlineMs = Infinity;
  #largestAtMs = 0;
  /** Something arrived that no ACK has mentioned. */
  #hasNews = false;

  get deadlineMs(): number {
    return this.isDue ? 0 : this.#deadlineMs;
  }

  get isDue(): boolean {
    return this.#isUrgent || this.#owedBytes >= ACK_EVERY_BYTES || this.#owedPackets >= ACK_EVERY_PACKETS;
  }

  /** Records an authentic packet, when all of it was read: one that ended the session half way is not acknowledged. */
  onRead(packetNumber: number, nowMs: number): void {
    if (packetNumber > this.received.highest) this.#largestAtMs = nowMs;
    this.received.add(packetNumber);
    this.#hasNews = true;
  }

  /** The packet, of `bytes` in all, asked for an acknowledgement. */
  onEliciting(packetNumber: number, bytes: number, nowMs: number): void {
    this.#owedPackets++;
    this.#owedBytes += bytes;
    if (this.received.isOutOfOrder(packetNumber)) this.#isUrgent = true;
    this.#deadlineMs = Math.min(this.#deadlineMs, nowMs + MAX_ACK_DELAY_MS);
  }

  onTimeout(nowMs: number): void {
    if (nowMs >= this.#deadlineMs) this.#isUrgent = true;
  }

  /** Writes an ACK when there is something new to say. */
  write(writer: FrameWriter, frames: SentFrame[], nowMs: number): void {
    if (!this.#hasNews) return;
    const ranges = this.received.ackRanges();
    if (!writer.ack(ranges, nowMs - this.#largestAtMs)) return;
    frames.push({ type: "ack", largest: this.received.highest });
  }

  /** Writes one whatever was said before: no other follows. */
  writeLast(writer: FrameWriter, nowMs: number): void {
    writer.ack(this.received.ackRanges(), nowMs - this.#largestAtMs);
  }

  /** The packet with the ACK has left. */
  onSent(): void {
    this.#owedPackets = 0;
    this.#owedBytes = 0;
    this.#isUrgent = false;
    this.#hasNews = false;
    this.#deadlineMs = Infinity;
  }
}
