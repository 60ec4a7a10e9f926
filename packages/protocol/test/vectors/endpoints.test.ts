import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import {
  type ClientSession,
  createClientSession,
  createServerEndpoint,
  type RandomSource,
  type ServerEndpoint,
} from "../../src/session/index.ts";
import { Ear } from "../session-pair.ts";
import { HANDSHAKE } from "./handshake-inputs.ts";
import { hex, unhex } from "./vector-bytes.ts";

interface DataCase {
  readonly name: string;
  readonly packet: string;
  readonly payload: string;
}
interface DataFile {
  readonly fromClient: readonly DataCase[];
  readonly fromServer: readonly DataCase[];
  readonly forgeries: readonly { readonly name: string; readonly packet: string }[];
  readonly controlStream: string;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../test-vectors/${name}.json`, import.meta.url), "utf8"));
const { packets } = read("handshake") as {
  packets: { hello: string; retry: string; init: string; accept: string };
};
const data = read("data") as DataFile;

const SERVER = "192.0.2.1:6666";
const { clientAddress, timeMs } = HANDSHAKE;

/** Hands out these bytes in turn for each size; a single byte, which decides on skipped numbers, is the highest. */
function scripted(...script: readonly Uint8Array[]): RandomSource {
  const left = [...script];
  return (size) => {
    if (size === 1) return Uint8Array.of(255);
    const at = left.findIndex((bytes) => bytes.length === size);
    const [bytes] = left.splice(at, 1);
    if (at < 0 || !bytes) throw new Error(`nobody foresaw ${size} random bytes`);
    return bytes;
  };
}

function createServer(ear: Ear): ServerEndpoint {
  return createServerEndpoint({
    staticKey: HANDSHAKE.serverPrivate,
    cookieSecret: HANDSHAKE.cookieSecret,
    routingBytes: HANDSHAKE.serverCid.slice(0, 2),
    random: scripted(HANDSHAKE.serverCid.slice(2), HANDSHAKE.serverEphemeralPrivate),
    sessionLimits: HANDSHAKE.serverLimits,
    events: ear,
  });
}

function createClient(ear: Ear): ClientSession {
  return createClientSession({
    identity: HANDSHAKE.clientPrivate,
    serverAddress: SERVER,
    random: scripted(HANDSHAKE.clientCid, HANDSHAKE.nonce, HANDSHAKE.clientEphemeralPrivate),
    limits: HANDSHAKE.clientLimits,
    events: ear,
    nowMs: timeMs,
  });
}

const sent = (side: ServerEndpoint | ClientSession): string[] =>
  side.poll(timeMs).map(({ bytes }) => hex(bytes));

function connectedServer(ear: Ear): ServerEndpoint {
  const server = createServer(ear);
  server.receive(unhex(packets.hello), clientAddress, timeMs);
  expect(sent(server)).toEqual([packets.retry]);
  server.receive(unhex(packets.init), clientAddress, timeMs);
  expect(sent(server)).toEqual([packets.accept]);
  return server;
}

function connectedClient(ear: Ear): ClientSession {
  const client = createClient(ear);
  expect(sent(client)).toEqual([packets.hello]);
  client.receive(unhex(packets.retry), SERVER, timeMs);
  expect(sent(client)).toEqual([packets.init]);
  client.receive(unhex(packets.accept), SERVER, timeMs);
  expect(client.state).toBe("open");
  return client;
}

test("a server makes the handshake's packets and reads every DATA packet, over two changes of the key", () => {
  const ear = new Ear();
  const server = connectedServer(ear);
  for (const { packet } of data.fromClient) server.receive(unhex(packet), clientAddress, timeMs);
  expect(ear.closes).toEqual([]);
  expect(hex(Uint8Array.from(ear.data.get(0) ?? []))).toBe(data.controlStream);
  expect(ear.dgrams.map((bytes) => Buffer.from(bytes).toString())).toEqual(["late", "far"]);
});

test("a client makes the handshake's packets and reads every DATA packet", () => {
  const ear = new Ear();
  const client = connectedClient(ear);
  for (const { packet } of data.fromServer) client.receive(unhex(packet), SERVER, timeMs);
  expect(ear.closes).toEqual([]);
  expect(ear.text(5)).toBe(".".repeat(1163));
  expect(ear.dgrams.map((bytes) => Buffer.from(bytes).toString())).toEqual(["next"]);
});

test("a forged packet changes nothing, and the true one is taken after it, once", () => {
  const ear = new Ear();
  const server = connectedServer(ear);
  for (const { packet } of data.forgeries) server.receive(unhex(packet), clientAddress, timeMs);
  expect(ear.sessions).toEqual([]);
  const [first] = data.fromClient;
  server.receive(unhex(first?.packet ?? ""), clientAddress, timeMs);
  server.receive(unhex(first?.packet ?? ""), clientAddress, timeMs);
  expect(ear.sessions.map((session) => session.stats().packetsIn)).toEqual([1]);
});
