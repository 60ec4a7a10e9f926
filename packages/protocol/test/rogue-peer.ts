import { type Frame, FrameWriter, readFrame } from "../src/session/frame.ts";
import type { ServerEndpoint } from "../src/session/index.ts";
import { DEFAULT_LIMITS, encodeLimits, VERSION_1 } from "../src/session/limits.ts";
import { initiate } from "../src/session/noise.ts";
import {
  encodeHello,
  encodeInit,
  encodeInitPrologue,
  parseAccept,
  parseRetry,
  tryParseDataHeader,
} from "../src/session/packet.ts";
import { PacketKeys } from "../src/session/packet-keys.ts";
import { ByteReader } from "../src/session/varint.ts";
import { keyPairFrom } from "../src/session/x25519.ts";
import { createSeededRandom } from "./seeded-random.ts";

/** A client that knows the keys and keeps none of the rules. It talks to an endpoint directly, without a network. */
export interface RoguePeer {
  nowMs: number;
  /** The number of the next packet. */
  nextNumber: number;
  readonly init: Uint8Array;
  /** Sends a packet with these frames and returns what the server answers at once, decrypted. */
  send(write: (writer: FrameWriter) => void, from?: string): Frame[];
  /** Sends raw bytes and returns how many datagrams the server sends back. */
  sendRaw(bytes: Uint8Array, from?: string): Uint8Array[];
  /** Seals frames without sending them. */
  seal(write: (writer: FrameWriter) => void): Uint8Array;
  /** Polls the server and returns the frames it sent, with the address each went to. */
  poll(): { to: string; frames: Frame[] }[];
}

export const ROGUE_ADDRESS = "203.0.113.66:666";

/** Shakes hands with the server by the book; what comes after is up to the test. */
export function createRoguePeer(
  server: ServerEndpoint,
  options: { seed?: number; from?: string; nowMs?: number } = {},
): RoguePeer {
  const { bytes: random } = createSeededRandom(options.seed ?? 99);
  const address = options.from ?? ROGUE_ADDRESS;
  const hello = { nonce: random(32), versions: [VERSION_1] };
  const nowMs = options.nowMs ?? 0;
  const exchange = (bytes: Uint8Array): Uint8Array => {
    server.receive(bytes, address, nowMs);
    const answer = server.poll(nowMs)[0];
    if (!answer) throw new Error("the server does not answer");
    return answer.bytes;
  };
  const retry = parseRetry(exchange(encodeHello(hello))).fields;
  const clientCid = random(8);
  const prologue = encodeInitPrologue({ hello, retry, clientCid });
  const initiation = initiate({
    staticKeys: keyPairFrom(random(32)),
    responderStatic: retry.serverKey,
    prologue,
    ephemeralPrivate: random(32),
    payload: encodeLimits(DEFAULT_LIMITS),
  });
  const init = encodeInit(prologue, initiation.message1);
  const { message2 } = parseAccept(exchange(init));
  const { payload, keys: transport } = initiation.readMessage2(message2);
  const serverCid = payload.slice(0, 8);
  const keys = new PacketKeys(transport.sendKey, transport.receiveKey, serverCid, 0);
  const buffer = new Uint8Array(1168);

  function open(bytes: Uint8Array): Frame[] {
    const header = tryParseDataHeader(bytes);
    const opened = header && keys.open(bytes, header.phase, header.packetNumber, 0);
    if (!opened) return [];
    const reader = new ByteReader(opened);
    const frames: Frame[] = [];
    while (reader.remaining > 0) frames.push(readFrame(reader));
    return frames;
  }

  const peer: RoguePeer = {
    nowMs,
    nextNumber: 0,
    init,
    seal(write) {
      const writer = new FrameWriter(buffer);
      write(writer);
      return keys.seal(peer.nextNumber++, writer.written(), 0);
    },
    send(write, from = address) {
      server.receive(peer.seal(write), from, peer.nowMs);
      return peer.poll().flatMap(({ frames }) => frames);
    },
    sendRaw(bytes, from = address) {
      server.receive(bytes, from, peer.nowMs);
      return server.poll(peer.nowMs).map((datagram) => datagram.bytes);
    },
    poll() {
      return server.poll(peer.nowMs).map(({ to, bytes }) => ({ to, frames: open(bytes) }));
    },
  };
  return peer;
}
