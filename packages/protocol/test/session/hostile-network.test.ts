import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { createServerEndpoint } from "../../src/session/index.ts";
import { MAX_PACKET_NUMBER, REKEY_MS } from "../../src/session/packet-keys.ts";
import { createRoguePeer } from "../rogue-peer.ts";
import { createSeededRandom } from "../seeded-random.ts";
import { createSessionPair, Ear, SERVER_ADDRESS } from "../session-pair.ts";

const FORWARDER = "203.0.113.99:9999";

test("hostile 15: keys change by the hour on a bad path, and no key sees a number twice", () => {
  const pair = createSessionPair({
    seed: 15,
    conditions: { loss: 0.2, duplicate: 0.2, reorder: 0.3, reorderMs: 200 },
  });
  pair.connect();
  const seen = new Set<string>();
  const phases = { up: [] as number[], down: [] as number[] };
  pair.network.onSend = ({ from, bytes }) => {
    const header = Buffer.from(bytes.subarray(2, 16)).toString("latin1");
    expect(seen.has(header)).toBe(false);
    seen.add(header);
    const way = from === SERVER_ADDRESS ? phases.down : phases.up;
    if (way.at(-1) !== bytes[1]) way.push(bytes[1] as number);
  };
  pair.serverEar.hear = (session, id, bytes) => session.write(id, bytes);
  let said = "";
  for (let i = 1; i <= 60; i++) {
    const text = `after ${i} tenths of an hour;`;
    said += text;
    pair.client.write(0, Buffer.from(text));
    pair.network.run(pair.network.nowMs + REKEY_MS / 10);
  }
  expect(pair.clientEar.text(0)).toBe(said);
  // Six hours: each side has changed its key five or six times.
  for (const way of [phases.up, phases.down]) expect([5, 6, 7]).toContain(way.length);
});

test("hostile 15: a peer that jumps to the last packet numbers is heard, and costs nothing", () => {
  const ear = new Ear();
  const { bytes: random } = createSeededRandom(16);
  const server = createServerEndpoint({ staticKey: random(32), random, events: ear });
  const peer = createRoguePeer(server);
  peer.send((writer) => writer.ping());
  peer.nextNumber = MAX_PACKET_NUMBER - 2;
  for (const text of ["last but one", "last"]) {
    peer.send((writer) => writer.dgram(Buffer.from(text)));
  }
  expect(ear.dgrams.map((bytes) => Buffer.from(bytes).toString())).toEqual(["last but one", "last"]);
  expect(ear.closes).toEqual([]);
  expect(() => peer.seal((writer) => writer.ping())).toThrow(expect.objectContaining({ code: "EXPIRED" }));
});

test("hostile 21: a forwarder that wins every race, both ways, only forwards; when it stops, the path is the true one again", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const pair = createSessionPair({ seed, conditions: { delayMs: 20 } });
    pair.connect();
    const { network } = pair;
    const toVictim: { to: string; bytes: Uint8Array }[] = [];
    let isRacing = true;
    network.attach(FORWARDER, {
      receive: (bytes) => void toVictim.push({ to: pair.clientNode.address, bytes: new Uint8Array(bytes) }),
      poll: () => toVictim.splice(0),
      nextTimeout: () => (toVictim.length > 0 ? 0 : undefined),
    });
    // Put on the wire before the original, so it comes first; the original is then a replay.
    network.onSend = ({ from, to, bytes }) => {
      if (isRacing && to === SERVER_ADDRESS && from === pair.clientNode.address)
        network.inject(FORWARDER, SERVER_ADDRESS, bytes);
    };
    pair.serverEar.hear = (session, id, bytes) => session.write(id, bytes);
    let said = "";
    const talk = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        said += `${i};`;
        pair.client.write(0, Buffer.from(`${i};`));
        network.run(network.nowMs + 100);
      }
    };
    talk(0, 30);
    network.run(network.nowMs + 2000);
    expect(pair.clientEar.text(0), `seed ${seed}`).toBe(said);
    expect(pair.serverSession().address).toBe(FORWARDER);
    isRacing = false;
    talk(30, 40);
    network.run(network.nowMs + 2000);
    expect(pair.serverSession().address).toBe(pair.clientNode.address);
    expect(pair.clientEar.text(0), `seed ${seed}`).toBe(said);
    expect([pair.clientEar.closes, pair.serverEar.closes]).toEqual([[], []]);
  }
});

test("hostile 21: a forwarder that wins races and swallows the answers gains no more than one challenge's wait", () => {
  const pair = createSessionPair({ seed: 3 });
  pair.connect();
  const { network } = pair;
  let swallowed = 0;
  network.attach(FORWARDER, {
    receive: () => void swallowed++,
    poll: () => [],
    nextTimeout: () => undefined,
  });
  network.onSend = ({ from, to, bytes }) => {
    if (to === SERVER_ADDRESS && from === pair.clientNode.address)
      network.inject(FORWARDER, SERVER_ADDRESS, bytes);
  };
  // Nobody answers for the forwarder: the client's own answer comes as a copy from there, so every third race is lost.
  let copies = 0;
  const inject = network.inject.bind(network);
  network.inject = (from, to, bytes) => {
    if (copies++ % 3 < 2) inject(from, to, bytes);
  };
  pair.serverEar.hear = (session, id, bytes) => session.write(id, bytes);
  let said = "";
  for (let i = 0; i < 50; i++) {
    said += `${i};`;
    pair.client.write(0, Buffer.from(`${i};`));
    network.run(network.nowMs + 200);
  }
  network.onSend = undefined;
  pair.client.ping();
  network.run(network.nowMs + 30_000);
  expect(swallowed).toBeGreaterThan(0);
  expect(pair.clientEar.text(0)).toBe(said);
  expect(pair.serverSession().address).toBe(pair.clientNode.address);
});

test("hostile 23: nothing is compressed, so nothing can be decompressed: the document says so, and no code does it", () => {
  const repository = join(import.meta.dirname, "../../../..");
  // A backup is a file of the operator's own; everything else may have come from the wire.
  const sources = globSync("packages/{protocol,client,server}/src/**/*.ts", { cwd: repository }).filter(
    (file) => !file.startsWith("packages/server/src/backup/"),
  );
  expect(sources.length).toBeGreaterThan(100);
  for (const file of sources) {
    const source = readFileSync(join(repository, file), "utf8");
    expect(source, file).not.toMatch(/zlib|brotli|CompressionStream|inflate|gunzip/i);
  }
  const specification = readFileSync(join(repository, "docs/protocol.md"), "utf8");
  expect(specification).toContain("Nothing is compressed");
  expect(specification).not.toMatch(/deflate|gzip|brotli|zstd/i);
});
