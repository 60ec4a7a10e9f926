import { PalaverError } from "../errors.ts";
import { ByteReader, varintSize, writeVarint } from "./varint.ts";

/** The only protocol version there is. */
export const VERSION_1 = 1;
/** Bytes of the largest datagram we send or read: fits any IPv6 path (1280) with room for tunnels. */
export const MAX_DATAGRAM_BYTES = 1200;
/** What a side may say that it reads at most: what UDP holds, and one packet of the loopback interface carries. */
export const LARGEST_DATAGRAM_BYTES = 65_000;
/** Of the largest packet that is sent over TCP; larger ones gain nothing. */
export const STREAM_PACKET_BYTES = 16_000;
/** Bytes of the header of a DATA packet: mark, type, connection id, 48-bit number. */
export const DATA_HEADER_BYTES = 16;
/** Bytes of a Poly1305 tag. */
export const TAG_BYTES = 16;
/** Bytes of frames that fit one DATA packet. */
export const MAX_PAYLOAD_BYTES = MAX_DATAGRAM_BYTES - DATA_HEADER_BYTES - TAG_BYTES;
/** Bytes of a connection id. */
export const CID_BYTES = 8;
/** An acknowledgement waits at most this long (RFC 9000 section 13.2.1 calls it max_ack_delay). */
export const MAX_ACK_DELAY_MS = 25;
/** Packets in flight, far below the 2048 of the replay window, so that an honest packet is never "too old". */
export const MAX_PACKETS_IN_FLIGHT = 512;
/** Bytes of text in a CLOSE. */
export const MAX_CLOSE_TEXT_BYTES = 64;
/** Bytes of one unreliable datagram: it must fit one packet beside an ACK. */
export const MAX_DGRAM_BYTES = 1000;

/** What one side lets the other do; exchanged inside the handshake, so authenticated. */
export interface SessionLimits {
  /** Bytes in flight towards this side over all streams. */
  readonly sessionCreditBytes: number;
  /** Bytes in flight towards this side on one stream. */
  readonly streamCreditBytes: number;
  /** Streams of one kind that the other side may have open at once. */
  readonly maxStreams: number;
  /** Silence after which this side forgets the session. */
  readonly idleTimeoutMs: number;
  /** Bytes of the largest datagram that this side reads, from 1200 to 65000. */
  readonly maxDatagramBytes: number;
}

/** The limits of 02-wire.md: 1 MiB a session, 256 KiB a stream, 64 streams of a kind, a laptop's two hours of sleep. */
export const DEFAULT_LIMITS: SessionLimits = {
  sessionCreditBytes: 1 << 20,
  streamCreditBytes: 256 << 10,
  maxStreams: 64,
  idleTimeoutMs: 2 * 60 * 60 * 1000,
  maxDatagramBytes: MAX_DATAGRAM_BYTES,
};

/** What a stream's credit grows to, where its reader keeps up: a share of the session's is left for the others. */
const MAX_GROWN_CREDIT_BYTES = 1 << 20;
const GROWN_CREDIT_SHARE = 0.75;

/** Bytes that a stream's credit towards the side with these limits grows to. */
export function grownCreditBytes({ sessionCreditBytes, streamCreditBytes }: SessionLimits): number {
  const grown = Math.min(MAX_GROWN_CREDIT_BYTES, Math.floor(GROWN_CREDIT_SHARE * sessionCreditBytes));
  return Math.max(streamCreditBytes, grown);
}

/** Encodes limits as four varints, and a fifth where larger datagrams are read; at most 40 bytes. */
export function encodeLimits(limits: SessionLimits): Uint8Array {
  const values = [
    limits.sessionCreditBytes,
    limits.streamCreditBytes,
    limits.maxStreams,
    limits.idleTimeoutMs,
    ...(limits.maxDatagramBytes > MAX_DATAGRAM_BYTES ? [limits.maxDatagramBytes] : []),
  ];
  const bytes = new Uint8Array(values.reduce((sum, value) => sum + varintSize(value), 0));
  let at = 0;
  for (const value of values) at = writeVarint(bytes, at, value);
  return bytes;
}

/** Reads limits; trailing bytes are for later versions and are ignored. Throws PROTOCOL when cut short. */
export function parseLimits(bytes: Uint8Array): SessionLimits {
  const reader = new ByteReader(bytes);
  const limits = {
    sessionCreditBytes: reader.varint(),
    streamCreditBytes: reader.varint(),
    maxStreams: reader.varint(),
    idleTimeoutMs: reader.varint(),
    maxDatagramBytes: MAX_DATAGRAM_BYTES,
  };
  if (reader.remaining > 0) {
    const largest = Math.min(LARGEST_DATAGRAM_BYTES, reader.varint());
    limits.maxDatagramBytes = Math.max(MAX_DATAGRAM_BYTES, largest);
  }
  if (limits.streamCreditBytes > limits.sessionCreditBytes) {
    throw new PalaverError("PROTOCOL", "a stream's credit is larger than the session's");
  }
  return limits;
}
