import { PalaverError } from "../errors.ts";
import { type Aead, nodeAead, rekey } from "./aead.ts";
import { DATA_HEADER_BYTES, TAG_BYTES } from "./limits.ts";
import { toLatin1 } from "./latin1.ts";
import { writeDataHeader } from "./packet.ts";
import type { PacketMemory } from "./packet-memory.ts";

/** A key seals at most this many packets. */
export const REKEY_PACKETS = 2 ** 20;
/** A key is used for at most this long. */
export const REKEY_MS = 60 * 60 * 1000;
/** A session ends before its packet numbers would no longer fit their 48 bits. */
export const MAX_PACKET_NUMBER = 2 ** 48 - 2 ** 20;

const KEY_BYTES = 32;
/** What is still under way under the old key may arrive: three probe timeouts of a slow path. */
const PREVIOUS_KEY_MS = 3000;

// Keys are strings of 32 Latin-1 characters while they wait, and are written here for each call. A small typed array
// costs 200 bytes more than its content, and handing it to OpenSSL moves it off the heap for good: with ten thousand
// sessions that is a third of the memory.
const scratchKey = Buffer.alloc(KEY_BYTES);

let aead = nodeAead;

/** Has all sessions of this process seal and open by another implementation of the same function. */
export function setAead(other: Aead): void {
  aead = other;
}

/** The two keys of a session, their phases, and the one place where packets are sealed and opened. */
export class PacketKeys {
  readonly #remoteCid: string;
  #sendKey: string;
  #receiveKey: string;
  #sendPhase: 0 | 1 = 0;
  #receivePhase: 0 | 1 = 0;
  /** Number of the first packet sent, and of the lowest one received, in the current phase. */
  #sendPhaseStart = 0;
  #receivePhaseStart = 0;
  #sendPhaseSinceMs: number;
  #isSendPhaseAcked = true;
  #previous: { key: Uint8Array; untilMs: number } | undefined;

  /** `remoteCid` is the 8 bytes that the peer wants to see in our packets. */
  constructor(sendKey: Uint8Array, receiveKey: Uint8Array, remoteCid: Uint8Array, nowMs: number) {
    this.#sendKey = toLatin1(sendKey);
    this.#receiveKey = toLatin1(receiveKey);
    this.#remoteCid = toLatin1(remoteCid);
    this.#sendPhaseSinceMs = nowMs;
  }

  get sendPhase(): 0 | 1 {
    return this.#sendPhase;
  }

  /** Seals a payload into a whole DATA packet. Throws EXPIRED when the numbers run out: a nonce is never reused. */
  seal(packetNumber: number, payload: Uint8Array, nowMs: number, memory?: PacketMemory): Uint8Array {
    if (packetNumber >= MAX_PACKET_NUMBER)
      throw new PalaverError("EXPIRED", "the packet numbers are used up");
    const isWorn =
      packetNumber - this.#sendPhaseStart >= REKEY_PACKETS || nowMs - this.#sendPhaseSinceMs >= REKEY_MS;
    // A second change before the first is acknowledged would leave the peer two keys behind.
    if (isWorn && this.#isSendPhaseAcked) this.#advanceSendKey(packetNumber, nowMs);
    const bytes = DATA_HEADER_BYTES + payload.length + TAG_BYTES;
    const packet = memory ? memory.take(bytes) : new Uint8Array(bytes);
    writeDataHeader(packet, this.#sendPhase, this.#remoteCid, packetNumber);
    scratchKey.write(this.#sendKey, "latin1");
    const header = packet.subarray(0, DATA_HEADER_BYTES);
    aead.sealInto(packet, DATA_HEADER_BYTES, scratchKey, packetNumber, header, payload);
    return packet;
  }

  /** Opens a DATA packet, into memory that is good until the next one, or returns nothing. Only a packet that authenticates can change the phase. */
  open(packet: Uint8Array, phase: 0 | 1, packetNumber: number, nowMs: number): Uint8Array | undefined {
    const header = packet.subarray(0, DATA_HEADER_BYTES);
    const sealed = packet.subarray(DATA_HEADER_BYTES);
    scratchKey.write(this.#receiveKey, "latin1");
    if (phase === this.#receivePhase) return aead.tryOpen(scratchKey, packetNumber, header, sealed);
    if (packetNumber < this.#receivePhaseStart) {
      if (!this.#previous || nowMs > this.#previous.untilMs) return undefined;
      return aead.tryOpen(this.#previous.key, packetNumber, header, sealed);
    }
    const next = rekey(scratchKey);
    const payload = aead.tryOpen(next, packetNumber, header, sealed);
    if (payload) {
      this.#previous = { key: new Uint8Array(scratchKey), untilMs: nowMs + PREVIOUS_KEY_MS };
      this.#receiveKey = toLatin1(next);
      this.#receivePhase = phase;
      this.#receivePhaseStart = packetNumber;
    }
    return payload;
  }

  /** Tells that the peer has acknowledged a packet, so that it holds the key of that packet's phase. */
  onAcked(packetNumber: number): void {
    if (packetNumber >= this.#sendPhaseStart) this.#isSendPhaseAcked = true;
  }

  #advanceSendKey(packetNumber: number, nowMs: number): void {
    scratchKey.write(this.#sendKey, "latin1");
    this.#sendKey = toLatin1(rekey(scratchKey));
    this.#sendPhase = this.#sendPhase === 0 ? 1 : 0;
    this.#sendPhaseStart = packetNumber;
    this.#sendPhaseSinceMs = nowMs;
    this.#isSendPhaseAcked = false;
  }
}
