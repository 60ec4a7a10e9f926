import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openIdentities } from "../../src/users/identities.ts";
import { startHub, udpClient } from "../hub-harness.ts";
import { connectSession } from "./session-client.ts";

const plugins = { chat: {}, demo: { from: "./demo-session.ts" } };

async function joined(port: number, nick: string, identity?: Uint8Array, consumes = true) {
  const client = await connectSession(port, identity, consumes);
  client.control({ type: "hello", version: 1, client: "test", nick });
  client.control({ type: "join", room: "lobby" });
  const { stream } = await client.next("joined");
  return { client, stream };
}

describe("a room", () => {
  test("is entered, heard in order, and what is said is acknowledged once it is stored", async () => {
    await using harness = await startHub({ plugins });
    const ann = await joined(harness.port(), "ann");
    const bob = await joined(harness.port(), "bob");
    await using _a = ann.client;
    await using _b = bob.client;
    for (let number = 1; number <= 200; number++) ann.client.say(ann.stream, `line ${number}`);
    for (let number = 1; number <= 200; number++) {
      expect(await ann.client.next("stored")).toMatchObject({ seq: number });
      const expected = { seq: number, from: "ann", text: `line ${number}`, kind: "say" };
      expect(await messageAfterNotices(bob.client)).toMatchObject(expected);
    }
  });

  test("ends for who leaves it with much unread, once that is read", async () => {
    await using harness = await startHub({ plugins });
    const ann = await joined(harness.port(), "ann", randomBytes(32), false);
    const bob = await joined(harness.port(), "bob");
    await using _a = ann.client;
    await using _b = bob.client;
    const heardBytes = () =>
      ann.client.heard
        .filter((item) => "stream" in item && item.stream === ann.stream)
        .reduce((sum, { message }) => sum + ("text" in message ? message.text.length : 0), 0);
    const text = "x".repeat(2000);
    for (let number = 1; number <= 500; number++) {
      bob.client.say(bob.stream, text);
      expect(await bob.client.next("stored")).toMatchObject({ seq: number });
    }
    const before = heardBytes();
    ann.client.control({ type: "part", room: "lobby" });
    await ann.client.next("part");
    expect(ann.client.ended.has(ann.stream)).toBe(false);
    let given = 0;
    await expect
      .poll(
        () => {
          const heard = heardBytes();
          ann.client.session.consume(ann.stream, heard - given);
          given = heard;
          ann.client.poll();
          return ann.client.ended.has(ann.stream);
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    expect(heardBytes()).toBeGreaterThan(before);
  });

  test("is shared by both dialects", async () => {
    await using harness = await startHub({ plugins });
    const ann = await joined(harness.port(), "ann");
    await using _a = ann.client;
    using text = await udpClient(harness.port());
    expect(await text.ask("online bob")).toContain("You are online as ~bob");
    text.send("hello from nc");
    expect(await messageAfterNotices(ann.client)).toMatchObject({ from: "~bob", text: "hello from nc" });
    ann.client.say(ann.stream, "hello back");
    await expect.poll(() => text.inbox).toContain("ann: hello back\n");
    expect(await ann.client.next("presence")).toMatchObject({ user: "~bob", state: "online", room: "lobby" });
  });

  test("says the same message with the same id once", async () => {
    await using harness = await startHub({ plugins });
    const ann = await joined(harness.port(), "ann");
    await using _a = ann.client;
    const id = ann.client.say(ann.stream, "once");
    ann.client.say(ann.stream, "once", id);
    expect((await ann.client.next("stored")).seq).toBe(1);
    expect((await ann.client.next("stored")).seq).toBe(1);
    ann.client.say(ann.stream, "next");
    expect((await ann.client.next("stored")).seq).toBe(2);
  });

  test("gives who comes back what was said since, however much it is", async () => {
    await using harness = await startHub({ plugins });
    const ann = await joined(harness.port(), "ann");
    await using _a = ann.client;
    const text = "x".repeat(1500);
    for (let number = 1; number <= 400; number++) {
      ann.client.say(ann.stream, `${number} ${text}`);
      await ann.client.next("stored");
    }
    await using bob = await connectSession(harness.port());
    bob.control({ type: "join", room: "lobby", since: 37 });
    await bob.next("joined");
    for (let number = 38; number <= 400; number++) {
      expect(await messageAfterNotices(bob)).toMatchObject({ seq: number, text: `${number} ${text}` });
    }
  });

  test("that may not be entered is refused by name", async () => {
    await using harness = await startHub({ plugins });
    await using client = await connectSession(harness.port());
    client.control({ type: "join", room: "no such name!" });
    expect(await client.next("error")).toMatchObject({ about: "join", room: "no such name!" });
  });
});

describe("a nickname", () => {
  test("belongs to the key that took it, also while its user is away", async () => {
    await using harness = await startHub({ plugins });
    const identity = randomBytes(32);
    const ann = await joined(harness.port(), "ann", identity);
    ann.client.close();
    await expect.poll(() => harness.hub.status().usersOnline).toBe(0);
    const thief = await joined(harness.port(), "Ann");
    await using _t = thief.client;
    expect(await thief.client.next("notice")).toMatchObject({
      text: expect.stringContaining("taken") as string,
    });
    expect(await thief.client.next("nick")).not.toMatchObject({ nick: "Ann" });
    using text = await udpClient(harness.port());
    expect(await text.ask("online ann")).toContain("taken");
    await using again = await connectSession(harness.port(), identity);
    expect(await again.next("welcome")).toMatchObject({ nick: "ann" });
  });

  test("is shared by the clients of one user", async () => {
    await using harness = await startHub({ plugins });
    const identity = randomBytes(32);
    const one = await joined(harness.port(), "ann", identity);
    const other = await joined(harness.port(), "ann", identity);
    await using _o = one.client;
    await using _p = other.client;
    expect(await other.client.next("nick")).toMatchObject({ nick: "ann" });
    one.client.say(one.stream, "from one");
    expect(await messageAfterNotices(other.client)).toMatchObject({ from: "ann", text: "from one" });
  });
});

describe("a request", () => {
  test("streams its output byte for byte and ends with the status", async () => {
    await using harness = await startHub({ plugins });
    await using client = await connectSession(harness.port());
    const replies = await client.replies(client.request("bytes", ["108000"]));
    const out = Buffer.concat(replies.flatMap((reply) => (reply.type === "out" ? [reply.bytes] : [])));
    expect(out.equals(Buffer.from(Array.from({ length: 108_000 }, (_, index) => index & 255)))).toBe(true);
    expect(replies.at(-1)).toMatchObject({ type: "end", status: 7 });
  });

  test("keeps the words of its arguments as they were", async () => {
    await using harness = await startHub({ plugins });
    await using client = await connectSession(harness.port());
    const replies = await client.replies(client.request("words", ["a b", "", "c"]));
    expect(replies).toContainEqual({ type: "data", data: ["a b", "", "c"] });
  });

  test("runs once for one id: a retry reads the same answer", async () => {
    await using harness = await startHub({ plugins });
    const identity = randomBytes(32);
    const id = randomBytes(16);
    await using client = await connectSession(harness.port(), identity);
    const first = await client.replies(client.request("count", [], id));
    const second = await client.replies(client.request("count", [], id));
    expect(second).toEqual(first);
    await using other = await connectSession(harness.port(), identity);
    expect(await other.replies(other.request("count", [], id))).toEqual(first);
    await using stranger = await connectSession(harness.port());
    expect(await stranger.replies(stranger.request("count", [], id))).not.toEqual(first);
  });

  test("that is under way goes on when its connection breaks, and a retry attaches to it", async () => {
    await using harness = await startHub({ plugins });
    const identity = randomBytes(32);
    const id = randomBytes(16);
    const lost = await connectSession(harness.port(), identity);
    const stream = lost.request("gate", [], id);
    await lost.next("text", stream);
    lost.vanish();
    await using client = await connectSession(harness.port(), identity);
    const retried = client.request("gate", [], id);
    await client.next("text", retried);
    await client.replies(client.request("open", []));
    expect(
      (await client.replies(retried)).map((reply) => ("text" in reply ? reply.text : reply.type)),
    ).toEqual(["waiting", "done", "end"]);
  });

  test("that changes something is not run again by a hub that was restarted", async () => {
    const identity = randomBytes(32);
    const id = randomBytes(16);
    await using harness = await startHub({ plugins });
    const client = await connectSession(harness.port(), identity);
    await client.replies(client.request("change", [], id));
    client.vanish();
    await harness.restart();
    await using again = await connectSession(harness.port(), identity);
    expect(await again.replies(again.request("change", [], id))).toEqual([
      { type: "end", code: "EXPIRED", message: expect.stringContaining("not run again") as string },
    ]);
    expect(await again.replies(again.request("count", [], id))).toContainEqual({ type: "text", text: "1" });
  });

  test("that is given up is aborted", async () => {
    await using harness = await startHub({ plugins });
    await using client = await connectSession(harness.port());
    const stream = client.request("gate", []);
    await client.next("text", stream);
    client.reset(stream);
    await expect
      .poll(async () => {
        const replies = await client.replies(client.request("aborted", []));
        return replies.some((reply) => reply.type === "text" && reply.text === "1");
      })
      .toBe(true);
  });

  test("for a role is refused to who has none, and done for who was granted it", async () => {
    await using harness = await startHub({ plugins });
    await using client = await connectSession(harness.port());
    expect(await client.replies(client.request("admin"))).toEqual([
      { type: "end", code: "FORBIDDEN", message: "admin needs the role operator." },
    ]);
    using identities = openIdentities(harness.config.dataDir, () => []);
    identities.grant(client.key, "operator");
    harness.hub.refreshUsers();
    expect(await client.replies(client.request("admin"))).toContainEqual({ type: "text", text: "secret" });
  });
});

test("the longest names of people and rooms reach sessions", async () => {
  await using harness = await startHub({ plugins });
  const ann = await joined(harness.port(), "ann");
  await using _a = ann.client;
  using text = await udpClient(harness.port());
  const longest = "汉".repeat(21);
  expect(await text.ask(`online ${longest}`)).toContain("You are online");
  text.send("hello");
  expect(await messageAfterNotices(ann.client)).toMatchObject({ from: `~${longest}`, text: "hello" });
  const replies = await ann.client.replies(ann.client.request("join", [longest]));
  expect(replies.at(-1)).not.toHaveProperty("code");
});

test("a call that a retry reads goes on when the old session says goodbye", async () => {
  await using harness = await startHub({ plugins });
  const identity = randomBytes(32);
  const id = randomBytes(16);
  const first = await connectSession(harness.port(), identity);
  await first.next("text", first.request("gate", [], id));
  await using second = await connectSession(harness.port(), identity);
  const retried = second.request("gate", [], id);
  await second.next("text", retried);
  first.close();
  await expect.poll(() => harness.hub.status().sessions).toBe(1);
  expect((await second.replies(second.request("aborted"))).at(0)).toMatchObject({ text: "0" });
  await second.replies(second.request("open"));
  expect((await second.replies(retried)).at(-1)).toEqual({ type: "end" });
});

test("a session goes on from another address", async () => {
  await using harness = await startHub({ plugins });
  const ann = await joined(harness.port(), "ann");
  await using _a = ann.client;
  for (let round = 1; round <= 5; round++) {
    await ann.client.rebind();
    ann.client.say(ann.stream, `from port ${round}`);
    expect((await ann.client.next("stored")).seq).toBe(round);
  }
  expect(harness.hub.status().sessions).toBe(1);
});

test("a hub that closes says so to its sessions", async () => {
  const harness = await startHub({ plugins });
  const ann = await joined(harness.port(), "ann");
  await harness[Symbol.asyncDispose]();
  expect(await ann.client.next("notice")).toMatchObject({ text: "* The hub is shutting down." });
  expect(harness.log.filter((line) => line.includes('"level":40') || line.includes('"level":50'))).toEqual(
    [],
  );
  ann.client.vanish();
});

async function messageAfterNotices(client: Awaited<ReturnType<typeof connectSession>>) {
  for (;;) {
    const message = await client.next("message");
    if (message.kind !== "notice") return message;
  }
}
