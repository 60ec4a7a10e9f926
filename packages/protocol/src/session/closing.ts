import { ERROR_NUMBERS, type ErrorCode } from "../errors.ts";
import type { AckSchedule } from "./ack-schedule.ts";
import type { FrameWriter } from "./frame.ts";
import { REDUNDANCY_INTERVAL_MS } from "./redundancy.ts";

/** CLOSE packets at most: one, copies on a lossy path, and answers to a peer that has not heard. */
const MAX_PACKETS = 8;
const COPIES = 3;
/** The longest probe timeout that a closing session waits three of. */
const MAX_WAIT_STEP_MS = 1000;

/** The last moments of a session: it says CLOSE and stays just long enough to say it again. */
export class Closing {
  readonly code: ErrorCode;
  readonly text: string;
  #packets = 0;
  #isPeerTalking = false;
  #nextAtMs = 0;
  #untilMs = Infinity;

  constructor(code: ErrorCode, text: string) {
    this.code = code;
    this.text = text;
  }

  /** The peer still sends: it has not heard. */
  onPeerHeard(): void {
    this.#isPeerTalking = true;
  }

  /** Whether a CLOSE is to be sent now, or the session is over, or neither. */
  step(probeTimeoutMs: number, isLossy: boolean, nowMs: number): "send" | "wait" | "over" {
    if (this.#untilMs === Infinity) this.#untilMs = nowMs + 3 * Math.min(MAX_WAIT_STEP_MS, probeTimeoutMs);
    if (nowMs >= this.#untilMs || this.#packets >= MAX_PACKETS) return "over";
    if (!this.#isPeerTalking && nowMs < this.#nextAtMs) return "wait";
    this.#isPeerTalking = false;
    this.#packets++;
    this.#nextAtMs = isLossy && this.#packets < COPIES ? nowMs + REDUNDANCY_INTERVAL_MS : Infinity;
    return "send";
  }

  get deadlineMs(): number {
    return Math.min(this.#nextAtMs, this.#untilMs);
  }

  /** An ACK of all that came stands first: what was read right before is not acknowledged otherwise. */
  write(writer: FrameWriter, acks: AckSchedule, nowMs: number): void {
    acks.writeLast(writer, nowMs);
    writer.close(ERROR_NUMBERS[this.code], this.text);
  }
}
