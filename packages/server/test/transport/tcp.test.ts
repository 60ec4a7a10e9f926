import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { CONTROL_STREAM_ID, createClientSession, encodeControl } from "@palaver/protocol";
import { pino } from "pino";
import { afterEach, describe, expect, test, vi } from "vitest";
import { parseListenAddress } from "../../src/config/listen-address.ts";
import { type Connection, createTcpTransport } from "../../src/transport/tcp.ts";
import { eventually, startHub } from "../hub-harness.ts";
import { carryByTcp } from "../sessions/carry-by-tcp.ts";

afterEach(() => void vi.restoreAllMocks());

const counting = { counting: { from: "./counting.ts" } };
const listen = ["tcp://127.0.0.1:0", "tcp://127.0.0.1:0=counting"];

interface LineClient {
  readonly socket: Socket;
  readonly lines: string[];
  /** Resolves when so many lines have come. */
  heard(count: number): Promise<void>;
}

async function lineClient(port: number): Promise<LineClient> {
  const socket = connect({ port, host: "127.0.0.1" }).setEncoding("utf8");
  const lines: string[] = [];
  let rest = "";
  socket.on("error", () => {});
  socket.on("data", (text: string) => {
    const [...parts] = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  await once(socket, "connect");
  return {
    socket,
    lines,
    async heard(count) {
      while (lines.length < count) await once(socket, "data");
    },
  };
}

/** Writes as fast as it is taken. */
async function pour(socket: Socket, lines: Iterable<string>): Promise<void> {
  let batch = "";
  for (const line of lines) {
    batch += `${line}\n`;
    if (batch.length < 32_768) continue;
    const isTaken = socket.write(batch);
    batch = "";
    if (!isTaken) await once(socket, "drain");
  }
  socket.write(batch);
}

function* numbered(count: number, before = ""): Iterable<string> {
  for (let number = 0; number < count; number++) yield `${before}${number}`;
}

describe.each([
  { port: "main", index: 0, before: "tell " },
  { port: "mounted", index: 1, before: "" },
])("on the $port port", ({ index, before }) => {
  test("who asks as fast as it is taken is answered in order, and a newcomer does not wait for that", async () => {
    const total = 30_000;
    await using harness = await startHub({ listen, plugins: counting });
    const flooder = await lineClient(harness.port(index));
    const pouring = pour(flooder.socket, numbered(total, before));
    await flooder.heard(100);
    for (let round = 0; round < 5; round++) {
      const newcomer = await lineClient(harness.port(index));
      newcomer.socket.write(`${before}1\n`);
      await newcomer.heard(1);
      expect(newcomer.lines).toEqual(["1."]);
      newcomer.socket.destroy();
    }
    expect(flooder.lines.length).toBeLessThan(total);
    await pouring;
    await flooder.heard(total);
    expect(flooder.lines.findIndex((line, number) => line !== `${number}.`)).toBe(-1);
    flooder.socket.destroy();
  });

  test("nothing is lost to the rate of those who are not trusted, errors among it", async () => {
    await using harness = await startHub({ listen, plugins: counting, text: { trust: [] } });
    const client = await lineClient(harness.port(index));
    client.socket.write(`\u{fffd}\n`.repeat(5).replaceAll("\u{fffd}", "9"));
    await pour(client.socket, [...numbered(130, before)]);
    client.socket.write(Buffer.of(0xff, 0xfe, 10));
    await client.heard(136);
    expect(client.lines.slice(5)).toEqual([...Array.from({ length: 130 }, (_, n) => `${n}.`), "not UTF-8"]);
    expect(harness.hub.status().dropped).toBe(0);
    client.socket.destroy();
  });
});

test("who does not read is not read either, and has everything once it does", async () => {
  const total = 20_000;
  await using harness = await startHub({ listen, plugins: counting });
  const client = await lineClient(harness.port());
  client.socket.pause();
  const pouring = pour(client.socket, numbered(total, "fill "));
  // Its answers would be 46 MB; the kernel's buffers and ours hold a part of it, and the hub waits for the reader.
  const other = await lineClient(harness.port());
  other.socket.write("tell 3\n");
  await other.heard(1);
  client.socket.resume();
  await pouring;
  await client.heard(total);
  expect(client.lines.findIndex((line, number) => line !== String(number).repeat(500))).toBe(-1);
  client.socket.destroy();
  other.socket.destroy();
});

test.each([
  [
    "who reads nothing for too long is cut off",
    { maxUnreadMs: 100 },
    (connection: Connection) => connection.isDrained,
  ],
  // The system holds some MB, the hub 1.25.
  [
    "who reads nothing of too much is cut off",
    {},
    (_connection: Connection, sent: number) => sent < 64 << 20,
  ],
])("%s, and nobody else", async (_what, options, sendsOn) => {
  const log: string[] = [];
  const ends: string[] = [];
  await using transport = await createTcpTransport({
    listen: parseListenAddress("tcp://127.0.0.1:0"),
    ipv6Only: false,
    maxConnections: 2,
    log: pino({ level: "info" }, { write: (line) => void log.push(line) }),
    serve: async () => {},
    crowded: () => {},
    connect(connection) {
      let sent = 0;
      const fill = () => {
        for (; connection.mayRead && sendsOn(connection, sent); sent += 32_768)
          connection.send(Buffer.alloc(32_768));
      };
      return {
        receive(bytes) {
          if (String(bytes) === "fill") fill();
          else connection.send(bytes);
        },
        drained: fill,
        ended: () => {},
        closed: () => void ends.push(sent < 64 << 20 ? "in time" : "too late"),
      };
    },
    ...options,
  });
  const port = Number(new URL(transport.listen.url).port);
  const [client, other] = [connect({ port, host: "127.0.0.1" }), connect({ port, host: "127.0.0.1" })];
  client.on("error", () => {});
  await Promise.all([once(client, "connect"), once(other, "connect")]);
  client.write("fill");
  await expect.poll(() => ends, { timeout: 20_000 }).toEqual(["in time"]);
  expect(log.join("")).toContain("it does not read what it is sent");
  other.write("are you there");
  expect(String((await once(other, "data"))[0])).toBe("are you there");
  client.destroy();
  other.destroy();
});

/** Comes, asks and stays, or is refused. @returns undefined when nobody gave way. */
async function knock(port: number): Promise<LineClient | undefined> {
  const newcomer = await lineClient(port);
  newcomer.socket.write("tell 6\n");
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  if (newcomer.socket.closed) resolve();
  else newcomer.socket.on("close", () => resolve());
  await Promise.race([newcomer.heard(1), closed]);
  return newcomer.lines.length > 0 ? newcomer : undefined;
}

test("when all connections are taken, one that says nothing gives way, and one that has spoken stays", async () => {
  await using harness = await startHub({ listen, plugins: counting, limits: { connections: 3 } });
  const talking = await lineClient(harness.port());
  talking.socket.write("tell 3\n");
  await talking.heard(1);
  const silent = [await lineClient(harness.port()), await lineClient(harness.port())];
  const ended = once(silent[0]!.socket, "close");
  let newcomer: LineClient | undefined;
  // It is refused at first, and comes again, as clients do.
  const comes = async () => (newcomer = await knock(harness.port()))?.lines;
  await expect.poll(comes, { timeout: 20_000, interval: 100 }).toEqual(["6."]);
  await ended;
  expect(silent[0]!.lines.join("")).toContain("All connections are taken");
  talking.socket.write("tell 9\n");
  await talking.heard(2);
  expect([talking.lines, silent[1]!.lines]).toEqual([["3.", "9."], []]);
  for (const { socket } of [talking, newcomer!, ...silent]) socket.destroy();
});

test("when all connections are taken, those with frames of no session give way, and one that a session has stays", async () => {
  const now = performance.now.bind(performance);
  let aheadMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now() + aheadMs);
  await using harness = await startHub({ listen, plugins: counting, limits: { connections: 4 } });
  const port = harness.port();
  const { promise: greeted, resolve: greet } = Promise.withResolvers<void>();
  const session = createClientSession({
    identity: randomBytes(32),
    serverAddress: "hub",
    random: randomBytes,
    nowMs: performance.now(),
    events: { onData: () => greet() },
  });
  await using carrier = await carryByTcp(session, port);
  session.write(CONTROL_STREAM_ID, encodeControl({ type: "hello", version: 1, client: "test" }));
  carrier.poll();
  await greeted;
  // A frame of nobody's, half a frame, and half a large one behind a frame.
  const sent = ["0002f91f", "04b0f903", "0002f91ffde8f910"];
  const strangers: Socket[] = [];
  for (const bytes of sent) {
    const { socket } = await lineClient(port);
    socket.write(bytes, "hex");
    strangers.push(socket);
  }
  const ended = strangers.map((socket) => once(socket, "close"));
  const comes = async (newcomers: LineClient[]) => {
    const newcomer = await knock(port);
    if (newcomer) newcomers.push(newcomer);
    return newcomers.length;
  };
  const newcomers: LineClient[] = [];
  // A handshake may be under way.
  expect(await comes([])).toBe(0);
  aheadMs = 5000;
  await eventually(() => comes(newcomers), 100).toBe(3);
  await Promise.all(ended);
  expect(await comes([])).toBe(0);
  expect([carrier.socket.readyState, harness.hub.status().sessions]).toEqual(["open", 1]);

  session.close();
  carrier.poll();
  await eventually(() => harness.hub.status().sessions).toBe(0);
  const left = once(carrier.socket, "close");
  aheadMs = 65_000;
  // Else these would give way too, and before it where the hub had sent it something since.
  for (const { socket } of newcomers) socket.write("tell 6\n");
  await Promise.all(newcomers.map((newcomer) => newcomer.heard(2)));
  await eventually(() => comes(newcomers), 100).toBe(4);
  await left;
  for (const { socket } of newcomers) socket.destroy();
});
