import { randomBytes } from "node:crypto";
import { encodeRequestStream } from "@palaver/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HubHarness, startHub } from "../hub-harness.ts";
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
