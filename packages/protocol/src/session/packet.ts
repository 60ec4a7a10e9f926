import { FRAME_MARK } from "../classify.ts";
import { PalaverError } from "../errors.ts";
import { CID_BYTES, DATA_HEADER_BYTES, MAX_DATAGRAM_BYTES, TAG_BYTES } from "./limits.ts";
import { toLatin1 } from "./latin1.ts";
import { ByteReader, writeUint32, writeUint48 } from "./varint.ts";

/** Second byte of each packet. */
export const PACKET_TYPES = { hello: 0x01, retry: 0x02, init: 0x03, accept: 0x04, data: 0x10 } as const;
/**
 * The routing bytes of the connection id that a DATA packet is for, as a number: which worker of a hub has its session.
 * @returns undefined for what is no DATA packet.
 */
export function tryReadRouting(bytes: Uint8Array): number | undefined {
  return isData(bytes) && bytes.length >= 2 + CID_BYTES ? (bytes[2]! << 8) | bytes[3]! : undefined;
}

/** Whether a frame claims to be a packet of a session, and of no handshake. */
export function isData(bytes: Uint8Array): boolean {
  return bytes[0] === 0xf9 && ((bytes[1] ?? 0) & 0xfe) === PACKET_TYPES.data;
}

/** A HELLO is padded so that its answer is less than half its size: nobody gains by spoofing one. */
export const HELLO_BYTES = 256;
/** An INIT fills a datagram, so that its answer never amplifies and the path is known to carry 1200 bytes. */
export const INIT_BYTES = MAX_DATAGRAM_BYTES;
/** Versions that a HELLO or a RETRY may list. */
export const MAX_VERSIONS = 8;
export const NONCE_BYTES = 32;
export const COOKIE_BYTES = 16;
export const KEY_BYTES = 32;
const MAX_ACCEPT_BYTES = 400;
/** e, encrypted s, tag of the payload. */
const MIN_MESSAGE1_BYTES = 32 + 48 + 16;
const MIN_MESSAGE2_BYTES = 32 + 16;

export interface Hello {
  readonly nonce: Uint8Array;
  readonly versions: readonly number[];
}

export interface Retry {
  /** The first 16 bytes of the nonce that it answers. */
  readonly nonceHead: Uint8Array;
  readonly fields: RetryFields;
}

/** What a RETRY says; the client hands it back unchanged in its INIT. */
export interface RetryFields {
  readonly version: number;
  readonly epoch: number;
  /** Seconds of the server's clock. */
  readonly timeS: number;
  readonly cookie: Uint8Array;
  readonly serverKey: Uint8Array;
  readonly versions: readonly number[];
}

export interface Init {
  readonly hello: Hello;
  readonly retry: RetryFields;
  readonly clientCid: Uint8Array;
  readonly message1: Uint8Array;
  /** Everything before the Noise message: the prologue, so that no field can be altered on the way. */
  readonly prologue: Uint8Array;
}

export interface Accept {
  readonly clientCid: Uint8Array;
  readonly message2: Uint8Array;
}

export interface DataHeader {
  readonly phase: 0 | 1;
  readonly packetNumber: number;
}

function writeVersions(target: Uint8Array, at: number, versions: readonly number[]): number {
  for (const version of versions) {
    target[at++] = version >>> 8;
    target[at++] = version;
  }
  return at;
}

function readVersions(reader: ByteReader, count: number): number[] {
  if (count === 0 || count > MAX_VERSIONS) throw new PalaverError("PROTOCOL", "a bad number of versions");
  return Array.from({ length: count }, () => reader.uint16());
}

function writeHelloFields(target: Uint8Array, at: number, hello: Hello): number {
  target[at] = hello.versions.length;
  target[at + 1] = 0;
  target.set(hello.nonce, at + 2);
  return writeVersions(target, at + 2 + NONCE_BYTES, hello.versions);
}

function readHelloFields(reader: ByteReader): Hello {
  const count = reader.uint8();
  if (reader.uint8() !== 0) throw new PalaverError("PROTOCOL", "a reserved byte is not zero");
  const nonce = reader.take(NONCE_BYTES);
  return { nonce, versions: readVersions(reader, count) };
}

function writeRetryFields(target: Uint8Array, at: number, retry: RetryFields): number {
  at = writeVersions(target, at, [retry.version]);
  target[at++] = retry.epoch;
  at = writeUint32(target, at, retry.timeS);
  target.set(retry.cookie, at);
  target.set(retry.serverKey, at + COOKIE_BYTES);
  at += COOKIE_BYTES + KEY_BYTES;
  target[at++] = retry.versions.length;
  return writeVersions(target, at, retry.versions);
}

function readRetryFields(reader: ByteReader): RetryFields {
  return {
    version: reader.uint16(),
    epoch: reader.uint8(),
    timeS: reader.uint32(),
    cookie: reader.take(COOKIE_BYTES),
    serverKey: reader.take(KEY_BYTES),
    versions: readVersions(reader, reader.uint8()),
  };
}

function expectZeros(reader: ByteReader): void {
  for (const byte of reader.take(reader.remaining)) {
    if (byte !== 0) throw new PalaverError("PROTOCOL", "the padding is not zero");
  }
}

function start(type: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes[0] = FRAME_MARK;
  bytes[1] = type;
  return bytes;
}

export function encodeHello(hello: Hello): Uint8Array {
  const bytes = start(PACKET_TYPES.hello, HELLO_BYTES);
  writeHelloFields(bytes, 2, hello);
  return bytes;
}

/** Parses a HELLO. Throws PROTOCOL unless it has exactly its size and zero padding. */
export function parseHello(bytes: Uint8Array): Hello {
  if (bytes.length !== HELLO_BYTES) throw new PalaverError("PROTOCOL", "a HELLO of a wrong size");
  const reader = new ByteReader(bytes);
  reader.at = 2;
  const hello = readHelloFields(reader);
  expectZeros(reader);
  return hello;
}

export function encodeRetry(retry: Retry): Uint8Array {
  const bytes = start(PACKET_TYPES.retry, 128);
  bytes.set(retry.nonceHead, 2);
  const end = writeRetryFields(bytes, 2 + 16, retry.fields);
  return bytes.slice(0, end);
}

export function parseRetry(bytes: Uint8Array): Retry {
  const reader = new ByteReader(bytes);
  reader.at = 2;
  const retry = { nonceHead: reader.take(16), fields: readRetryFields(reader) };
  if (reader.remaining !== 0) throw new PalaverError("PROTOCOL", "a RETRY of a wrong size");
  return retry;
}

/** The part of an INIT before the Noise message, which is also the prologue of the handshake. */
export function encodeInitPrologue(init: Omit<Init, "message1" | "prologue">): Uint8Array {
  const bytes = start(PACKET_TYPES.init, 256);
  let at = writeHelloFields(bytes, 2, init.hello);
  at = writeRetryFields(bytes, at, init.retry);
  bytes.set(init.clientCid, at);
  return bytes.slice(0, at + CID_BYTES);
}

export function encodeInit(prologue: Uint8Array, message1: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(INIT_BYTES);
  bytes.set(prologue);
  bytes[prologue.length] = message1.length >>> 8;
  bytes[prologue.length + 1] = message1.length;
  bytes.set(message1, prologue.length + 2);
  return bytes;
}

export function parseInit(bytes: Uint8Array): Init {
  if (bytes.length !== INIT_BYTES) throw new PalaverError("PROTOCOL", "an INIT of a wrong size");
  const reader = new ByteReader(bytes);
  reader.at = 2;
  const hello = readHelloFields(reader);
  const retry = readRetryFields(reader);
  const clientCid = reader.take(CID_BYTES);
  const prologue = bytes.subarray(0, reader.at);
  const message1 = reader.take(reader.uint16());
  if (message1.length < MIN_MESSAGE1_BYTES) throw new PalaverError("PROTOCOL", "an INIT without its message");
  expectZeros(reader);
  return { hello, retry, clientCid, message1, prologue };
}

export function encodeAccept(accept: Accept): Uint8Array {
  const bytes = start(PACKET_TYPES.accept, 2 + CID_BYTES + accept.message2.length);
  bytes.set(accept.clientCid, 2);
  bytes.set(accept.message2, 2 + CID_BYTES);
  return bytes;
}

export function parseAccept(bytes: Uint8Array): Accept {
  if (bytes.length > MAX_ACCEPT_BYTES || bytes.length < 2 + CID_BYTES + MIN_MESSAGE2_BYTES) {
    throw new PalaverError("PROTOCOL", "an ACCEPT of a wrong size");
  }
  return { clientCid: bytes.subarray(2, 2 + CID_BYTES), message2: bytes.subarray(2 + CID_BYTES) };
}

/** Writes the 16-byte header of a DATA packet at the start of `target`; the same bytes are its AAD. The id is Latin-1. */
export function writeDataHeader(
  target: Uint8Array,
  phase: 0 | 1,
  destinationCid: string,
  packetNumber: number,
): void {
  target[0] = FRAME_MARK;
  target[1] = PACKET_TYPES.data + phase;
  for (let i = 0; i < CID_BYTES; i++) target[2 + i] = destinationCid.charCodeAt(i);
  writeUint48(target, 2 + CID_BYTES, packetNumber);
}

/** Reads a DATA header, or nothing when the datagram cannot be one: a stranger's bytes cost no exception. */
export function tryParseDataHeader(
  bytes: Uint8Array,
  maxBytes: number = MAX_DATAGRAM_BYTES,
): DataHeader | undefined {
  if (bytes.length <= DATA_HEADER_BYTES + TAG_BYTES || bytes.length > maxBytes) return undefined;
  const type = bytes[1] as number;
  if (bytes[0] !== FRAME_MARK || (type & ~1) !== PACKET_TYPES.data) return undefined;
  const reader = new ByteReader(bytes);
  reader.at = 2 + CID_BYTES;
  return { phase: (type & 1) as 0 | 1, packetNumber: reader.uint48() };
}

/** A connection id as a map key: a flat string of 8 Latin-1 characters. */
export function cidKey(bytes: Uint8Array, at = 0): string {
  return toLatin1(bytes.subarray(at, at + CID_BYTES));
}
