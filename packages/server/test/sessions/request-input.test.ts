import { createHash, randomBytes } from "node:crypto";
import { encodeRequestStream } from "@palaver/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type HubHarness, startHub } from "../hub-harness.ts";
import { connectSession, type SessionClient } from "./session-client.ts";

let hub: HubHarness;
beforeAll(async () => {
  hub = await startHub({ plugins: { demo: { from: "./demo-session.ts" } } });
});
afterAll(() => hub?.[Symbol.asyncDispose]());

/** Sends input in pieces of a size, then the request. */
function ask(
  client: SessionClient,
  command: string,
  input: Uint8Array,
  { id = randomBytes(16), pieceBytes = 16_384 } = {},
): number {
  const stream = client.session.open("request");
  if (stream === undefined) throw new Error("no stream is free");
  for (let at = 0; at < input.length; at += pieceBytes) {
    client.session.write(
      stream,
      encodeRequestStream({ type: "in", bytes: input.subarray(at, at + pieceBytes) }),
    );
  }
  client.session.write(stream, encodeRequestStream({ type: "request", id, command, argv: [] }));
  client.session.finish(stream);
  client.poll();
  return stream;
}

test("input before a request is its command's, whole, and a retry runs nothing again", async () => {
  await using client = await connectSession(hub.port());
  const id = randomBytes(16);
  const input = randomBytes(65_536);
  const first = await client.replies(ask(client, "swallow", input, { id }));
  expect(first).toMatchObject([{ type: "data", data: { bytes: 65_536, calls: 1 } }, { type: "end" }]);
  expect(await client.replies(ask(client, "swallow", input, { id }))).toEqual(first);
  expect(await client.replies(client.request("swallow"))).toMatchObject([{ data: { calls: 2 } }, {}]);
});

test("a command that takes none is not run with input", async () => {
  await using client = await connectSession(hub.port());
  expect(await client.replies(ask(client, "count", randomBytes(1)))).toMatchObject([
    { type: "end", code: "PROTOCOL", message: "count takes no standard input." },
  ]);
});

test.each([
  ["more than 64 KiB", 65_537, 16_384],
  ["more than 64 pieces", 65, 1],
])("%s of input close the session", async (_, bytes, pieceBytes) => {
  await using client = await connectSession(hub.port());
  ask(client, "swallow", randomBytes(bytes), { pieceBytes });
  expect(await client.closed).toMatchObject({ code: "TOO_LARGE" });
});

/** Asks for a command that takes a stream; gives back what sends more of it, and how much was taken. */
function begin(client: SessionClient, command: string) {
  const { session } = client;
  const stream = session.open("request");
  if (stream === undefined) throw new Error("no stream is free");
  session.write(stream, encodeRequestStream({ type: "request", id: randomBytes(16), command, argv: [] }));
  client.poll();
  return {
    stream,
    send(bytes: Uint8Array): number {
      const accepted = session.write(stream, encodeRequestStream({ type: "in", bytes }));
      client.poll();
      return accepted;
    },
    finish() {
      session.finish(stream);
      client.poll();
    },
  };
}

test("a stream behind the request is read as it comes, to its end", async () => {
  await using client = await connectSession(hub.port());
  const pieces = [randomBytes(1), randomBytes(16_384), randomBytes(40_000)];
  const { stream, send, finish } = begin(client, "drain");
  for (const piece of pieces) send(piece);
  finish();
  const sha256 = createHash("sha256").update(Buffer.concat(pieces)).digest("hex");
  expect(await client.replies(stream)).toMatchObject([
    { type: "text", text: "ready" },
    { type: "data", data: { length: 56_385, sha256 } },
    { type: "end" },
  ]);
});

test("a command that does not read holds its sender up, not the hub's memory; then nothing is missing", async () => {
  await using client = await connectSession(hub.port());
  const { stream, send, finish } = begin(client, "hold");
  const piece = new Uint8Array(8192);
  let sent = 0;
  const fill = () => {
    while (client.session.bufferedBytes(stream) + 2 * piece.length <= 262_144) {
      send(piece);
      sent += piece.length;
    }
    return sent;
  };
  // The hub's credit, 256 KiB, and what our own session keeps, nearly as much again: then nothing more is taken.
  await client.next("text", stream);
  await eventually(fill).toBeGreaterThan(450_000);
  for (let i = 0; i < 5; i++) await client.replies(client.request("count"));
  expect(fill()).toBeLessThan(530_000);
  await client.replies(client.request("open"));
  finish();
  expect((await client.replies(stream)).at(-2)).toMatchObject({ type: "data", data: { length: sent } });
});

test("who breaks off is known by the command; input that nobody reads is dropped", async () => {
  await using client = await connectSession(hub.port());
  const { stream, send } = begin(client, "drain");
  send(randomBytes(1000));
  client.session.reset(stream, "NO_ERROR");
  const other = begin(client, "count");
  for (let i = 0; i < 40; i++) other.send(new Uint8Array(4096));
  other.finish();
  expect((await client.replies(other.stream)).at(-1)).toEqual({ type: "end" });
  // The session lives on.
  expect((await client.replies(client.request("count"))).at(-1)).toEqual({ type: "end" });
});
