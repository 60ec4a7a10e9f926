import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TextPeers } from "../src/peers/text-peers.ts";
import { Remote } from "../src/transport/remote.ts";
import type { UdpTransport } from "../src/transport/udp.ts";
import { eventually, startHub, udpClient, type HubHarness } from "./hub-harness.ts";
import { connectSession, joined } from "./sessions/session-client.ts";

const noLimits = { trust: [], repliesPerSecond: 100_000, burst: 100_000, bytesPerSecond: 100_000_000 };
const node = process.execPath;
const program = (summary: string, script: string) => ({ summary, argv: [node, "-e", script], timeout: "5s" });

/** A hub with every plugin, where nobody is trusted; on its ports: nothing, the chat, the dictionary, exec. */
async function startEverything(): Promise<HubHarness & { readonly commands: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "palaver-words-"));
  const words = join(folder, "words.txt");
  await writeFile(words, `apple:${"苹果".repeat(200)}\nbook:书\n`);
  const harness = await startHub({
    listen: ["", "=chat", "=dict", "=exec"].map((mount) => `udp://127.0.0.1:0${mount}`),
    text: noLimits,
    plugins: {
      chat: {},
      echo: {},
      demo: { from: "./demo-session.ts" },
      dict: { settings: { files: [words], ecdict: false, cedict: false } },
      exec: {
        settings: {
          commands: {
            flood: program("Much", "process.stdout.write('y\\n'.repeat(1e6))"),
            drip: program(
              "Again and again",
              "for (let i = 0; i < 20; i++) setTimeout(() => console.log(i), i * 20)",
            ),
            fail: program("Fails", "console.error('no'.repeat(500)); process.exit(3)"),
          },
        },
      },
    },
  });
  // It stays: what the hub still says to one that went could reach whoever gets its port next.
  const client = await connectSession(harness.port());
  const { commands } = await client.next("welcome");
  return Object.assign(harness, {
    commands: commands.map(({ name }) => name),
    async [Symbol.asyncDispose]() {
      await harness.hub.close();
      await client[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
      await rm(harness.config.dataDir, { recursive: true, force: true });
    },
  });
}

describe("reflection", () => {
  test("hostile 7: every command, plugin and packet type answers an unproven address with one datagram of at most max(3 × request, 160) bytes", async () => {
    await using harness = await startEverything();
    expect(harness.commands.length).toBeGreaterThan(20);
    const words = ["", "apple", "lobby", "flood", "drip", "fail", "200000", "y".repeat(300)];
    const texts = [
      ...harness.commands.flatMap((name) => words.map((word) => `${name} ${word}`.trim())),
      ...harness.commands.map((name) => `/${name}`),
      "confirm ZZZZ",
      "more ZZZZ",
      "online ZZZZ",
      "more",
      "nonsense",
      "?",
      "a".repeat(2000),
      "\u001b[2J",
    ];
    const frames = Array.from({ length: 31 }, (_, type) =>
      [3, 256, 1200].map((length) => {
        const frame = Buffer.alloc(length);
        frame.set([0xf9, type + 1, 1]);
        return frame;
      }),
    ).flat();
    const requests = [
      ...texts.map((text) => Buffer.from(text)),
      ...frames,
      Buffer.of(0xff, 0xfe),
      Buffer.from(""),
    ];
    const results: { what: string; request: number; sizes: number[] }[] = [];
    const closing: (() => void)[] = [];
    const ports = [0, 1, 2, 3].map((index) => harness.port(index));
    let sent = 0;
    const before = harness.hub.status().received;
    for (const [place, port] of ports.entries()) {
      // A socket for each request: nothing of it is ever proven, and every byte is that request's.
      const own = place === 0 ? requests : requests.filter((_, index) => index % 5 === 0);
      for (const request of own) {
        const socket = createSocket("udp4");
        const result = {
          what: `${place}: ${request.toString("latin1", 0, 40)}`,
          request: request.length,
          sizes: [] as number[],
        };
        // A port that somebody else had just before may still get what was meant for that one.
        socket.on("message", ({ length }, from) => {
          if (from.port === port) result.sizes.push(length);
        });
        socket.bind(0, "127.0.0.1");
        await once(socket, "listening");
        socket.send(request, port, "127.0.0.1");
        results.push(result);
        closing.push(() => socket.close());
        sent++;
        // In step with the hub, so that no buffer overflows.
        if (sent % 50 === 0)
          await eventually(() => harness.hub.status().received - before).toBeGreaterThanOrEqual(sent);
      }
    }
    await eventually(() => harness.hub.status().received - before).toBeGreaterThanOrEqual(sent);
    // What still runs has its time; after the hub's end nothing comes any more.
    await harness.hub.close();
    await new Promise(setImmediate);
    for (const close of closing) close();
    expect(results.filter(({ sizes }) => sizes.length > 0).length).toBeGreaterThan(texts.length);
    for (const { what, request, sizes } of results) {
      expect(sizes.length, what).toBeLessThanOrEqual(1);
      expect(sizes[0] ?? 0, what).toBeLessThanOrEqual(Math.max(3 * request, 160));
    }
  });

  test("hostile 24: online and join for a victim's address bring it no room, only the offer of a proof", async () => {
    await using harness = await startHub({ plugins: { chat: {} }, text: noLimits });
    using victim = await udpClient(harness.port());
    const spoofed = [
      "online",
      "online bob",
      "/online bob",
      "/join lobby",
      "join lobby",
      "confirm ABCD",
      "online ABCD",
      "more ABCD",
    ];
    for (const request of spoofed) await victim.ask(request);
    const ann = await joined(harness.port(), "ann");
    await using _a = ann.client;
    for (let number = 1; number <= 50; number++) ann.client.say(ann.stream, `not for the victim ${number}`);
    for (let number = 1; number <= 50; number++) await ann.client.next("stored");
    expect(harness.hub.status()).toMatchObject({ usersOnline: 1, textPeers: 0 });
    // An answer that comes after all that was said shows that nothing came before it.
    expect(await victim.ask("rooms")).toContain("lobby");
    expect(victim.inbox).toEqual([]);
  });
});

describe("a reply loop", () => {
  const limits = { trust: [], repliesPerSecond: 5, burst: 20, bytesPerSecond: 65_536 };

  test.each(["", "=chat", "=echo"])(
    "hostile 25: with an echo service, or between two hubs, dies by the budget of an address (port%s)",
    async (mount) => {
      const options = {
        listen: [`udp://127.0.0.1:0${mount}`],
        plugins: { chat: {}, echo: {} },
        text: limits,
      };
      await using one = await startHub(options);
      await using other = await startHub(options);
      const [echo, left, right] = [createSocket("udp4"), createSocket("udp4"), createSocket("udp4")];
      let echoed = 0;
      let relayed = 0;
      echo.on("message", (bytes, { port, address }) => {
        echoed++;
        echo.send(bytes, port, address);
      });
      // What one hub answers goes to the other, as if the first had asked: somebody forged the first question.
      left.on("message", (bytes) => {
        relayed++;
        right.send(bytes, other.port(), "127.0.0.1");
      });
      right.on("message", (bytes) => {
        relayed++;
        left.send(bytes, one.port(), "127.0.0.1");
      });
      for (const socket of [echo, left, right]) {
        socket.bind(0, "127.0.0.1");
        await once(socket, "listening");
      }
      left.send("hello there", one.port(), "127.0.0.1");
      await eventually(() => one.hub.status().dropped + other.hub.status().dropped).toBe(1);
      // The message that was left unanswered was the only one on its way.
      expect(relayed).toBeLessThanOrEqual(60);
      await eventually(() => {
        echo.send("hello there", other.port(), "127.0.0.1");
        return other.hub.status().dropped;
      }).toBeGreaterThan(1);
      expect(echoed).toBeLessThanOrEqual(60);
      for (const socket of [echo, left, right]) socket.close();
    },
  );

  test("hostile 25: nothing is answered to a port below 1024 or one of the hub's own, and nothing is handled", () => {
    const handled: string[] = [];
    const sent: Uint8Array[] = [];
    const peers = new TextPeers(
      { ...limits, trust: ["192.0.2.0/24"], encoding: "utf-8", maxPeers: 10 },
      {
        handle(_peer, text, sink) {
          handled.push(text);
          sink.end({ code: "UNKNOWN", message: "what?" });
        },
        beforeSend: () => {},
        isOwn: ({ port }) => port === 6666,
        gone: () => {},
        now: () => 0,
      },
    );
    const transport = {
      listen: { url: "udp://0.0.0.0:1", mount: undefined },
      send: (bytes: Uint8Array) => void sent.push(bytes),
    } as unknown as UdpTransport;
    for (const port of [0, 7, 19, 53, 123, 1023, 6666])
      peers.receiveDatagram(Buffer.from("hello"), new Remote("192.0.2.1", port), transport);
    expect([handled, sent]).toEqual([[], []]);
    peers.receiveDatagram(Buffer.from("hello"), new Remote("192.0.2.1", 1024), transport);
    expect(handled).toEqual(["hello"]);
    expect(sent).toHaveLength(1);
  });
});
