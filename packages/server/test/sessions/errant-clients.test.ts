import { randomBytes } from "node:crypto";
import { CONTROL_STREAM_ID, encodeRoomStream } from "@palaver/protocol";
import { describe, expect, test } from "vitest";
import { startHub } from "../hub-harness.ts";
import { connectSession, joined, said } from "./session-client.ts";

const plugins = { chat: {}, demo: { from: "./demo-session.ts" } };

describe("a client that errs", () => {
  test("asks for a thousand rooms and is in sixteen", async () => {
    await using harness = await startHub({ plugins });
    await using client = await connectSession(harness.port());
    for (let number = 1; number <= 1000; number++) client.control({ type: "join", room: `room${number}` });
    for (let number = 17; number <= 1000; number++) {
      expect(await client.next("error")).toMatchObject({ about: "join", code: "BUSY" });
    }
    expect(harness.hub.status().rooms).toBe(16);
  });

  test("says hello twice, joins twice, parts where it is not and before it joined, and goes on", async () => {
    await using harness = await startHub({ plugins });
    await using client = await connectSession(harness.port());
    client.control({ type: "part", room: "lobby" });
    expect(await client.next("error")).toMatchObject({ about: "part", room: "lobby" });
    client.control({ type: "hello", version: 1, client: "test", nick: "ann" });
    client.control({ type: "join", room: "lobby" });
    const { stream } = await client.next("joined");
    client.control({ type: "hello", version: 99, client: "test", nick: "ann" });
    client.control({ type: "join", room: "lobby" });
    expect((await client.next("joined")).stream).toBe(stream);
    client.control({ type: "part", room: "elsewhere" });
    expect(await client.next("error")).toMatchObject({ about: "part", room: "elsewhere" });
    expect(await said(client, stream, "still here")).toBe(1);
  });

  test("talks on a room stream of its own making and is not heard; unknown messages are passed over", async () => {
    await using harness = await startHub({ plugins });
    const ann = await joined(harness.port(), "ann");
    await using _a = ann.client;
    await using eve = await connectSession(harness.port());
    const own = eve.session.open("room") as number;
    eve.session.write(own, encodeRoomStream({ type: "enter", room: "lobby" }));
    eve.say(own, "not from here");
    eve.session.write(CONTROL_STREAM_ID, Uint8Array.of(3, 0x7f, 1, 2));
    expect((await eve.replies(eve.request("count"))).at(-1)).toEqual({ type: "end" });
    expect(await said(ann.client, ann.stream, "first")).toBe(1);
  });

  test("is told when a text is longer than the room takes, and put out for one beyond the wire's bound", async () => {
    await using harness = await startHub({ plugins });
    const ann = await joined(harness.port(), "ann");
    ann.client.say(ann.stream, "x".repeat(2001));
    expect((await ann.client.next("refused")).text).toContain("2001 bytes; at most 2000");
    expect(await said(ann.client, ann.stream, "y".repeat(2000))).toBe(1);
    const record = encodeRoomStream({
      type: "say",
      id: randomBytes(16),
      kind: "say",
      text: "z".repeat(4096),
    });
    const longer = Buffer.concat([record, Buffer.from("z")]);
    // The length of the record, two bytes of varint, counts one more.
    longer.writeUInt16BE(longer.readUInt16BE(0) + 1, 0);
    ann.client.session.write(ann.stream, longer);
    ann.client.poll();
    expect(await ann.client.closed).toMatchObject({ code: "TOO_LARGE", by: "peer" });
    ann.client.vanish();
  });

  test("sends what is no UTF-8 or no JSON, or a record without a type, and is put out alone", async () => {
    await using harness = await startHub({ plugins });
    const ann = await joined(harness.port(), "ann");
    await using _a = ann.client;
    const badText = Buffer.from(
      encodeRoomStream({ type: "say", id: randomBytes(16), kind: "say", text: "abc" }),
    );
    badText[badText.length - 1] = 0xff;
    const bad: readonly [string, Uint8Array][] = [
      ["room", badText],
      ["control", Uint8Array.of(4, 0x03, 0x7b, 0xff, 0x7d)],
      ["control", Uint8Array.of(2, 0x03, 0x7b)],
      ["control", Uint8Array.of(0)],
      ["request", Uint8Array.of(3, 0x20, 1, 2)],
    ];
    for (const [kind, record] of bad) {
      const eve = await joined(harness.port(), "eve");
      const { session } = eve.client;
      const stream =
        kind === "room"
          ? eve.stream
          : kind === "control"
            ? CONTROL_STREAM_ID
            : (session.open("request") ?? 0);
      session.write(stream, record);
      eve.client.poll();
      expect(await eve.client.closed, kind).toMatchObject({ code: "PROTOCOL", by: "peer" });
      eve.client.vanish();
    }
    expect(await said(ann.client, ann.stream, "all is well")).toBe(1);
  });
});
