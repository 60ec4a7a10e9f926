import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { startHub } from "./hub-process.ts";
import { startNetcat } from "./netcat.ts";
import { openTcpPeer, openUdpPeer, type TcpPeer } from "./text-peer.ts";
import { until } from "./until.ts";

test("IPv4, IPv6, host names and mounts listen side by side, in the order they were asked for", async () => {
  await using hub = await startHub({
    listen: [
      "udp://127.0.0.1:0",
      "udp://[::1]:0",
      "tcp://[::1]:0",
      "tcp://localhost:0",
      "udp://localhost:0=dict",
      "tcp://[::1]:0=echo",
    ],
  });
  const shown = hub.listeners.map(({ transport, host, mount }) => [transport, host, mount]);
  expect(shown).toEqual([
    ["udp", "127.0.0.1", undefined],
    ["udp", "::1", undefined],
    ["tcp", "::1", undefined],
    ["tcp", "localhost", undefined],
    ["udp", "localhost", "dict"],
    ["tcp", "::1", "echo"],
  ]);
  const ports = hub.listeners.map(({ port }) => port);
  expect(new Set(ports).size).toBe(6);
  expect(Math.min(...ports)).toBeGreaterThan(0);

  const [udp4 = 0, udp6 = 0, tcp6 = 0, tcpName = 0, dict = 0, echo = 0] = ports;
  await using four = await openUdpPeer(udp4);
  await using six = await openUdpPeer(udp6, "::1");
  await using tcpSix = await openTcpPeer(tcp6, "::1");
  await using tcpLocal = await openTcpPeer(tcpName, "localhost");
  await using nc = startNetcat("udp", dict, "localhost");
  await using ncSix = startNetcat("udp", udp6, "::1");
  await using echoSix = await openTcpPeer(echo, "::1");
  expect(await four.ask("tr apple\n")).toBe("apple 苹果\n");
  expect(await six.ask("tr apple\n")).toBe("apple 苹果\n");
  expect(await tcpSix.ask("tr apple\n")).toBe("apple 苹果\n");
  expect(await tcpLocal.ask("tr apple\n")).toBe("apple 苹果\n");
  expect(await echoSix.ask("tr apple\n")).toBe("tr apple\n");
  nc.write("apple\n");
  await nc.prints(/^apple 苹果\n$/);
  ncSix.write("tr book\n");
  await ncSix.prints(/^book 书\n$/);

  // The room is one, whatever way somebody came.
  await six.ask("online");
  await four.ask("online");
  four.send("from one family to the other");
  await six.sees("from one family to the other");
});

test("[::] serves IPv4 too, and each gets its answer from where it asked", async () => {
  await using hub = await startHub({ listen: ["udp://[::]:0", "tcp://[::]:0"] });
  await using four = await openUdpPeer(hub.port("udp"));
  await using six = await openUdpPeer(hub.port("udp"), "::1");
  await using tcpFour = await openTcpPeer(hub.port("tcp"));
  for (const peer of [four, six, tcpFour]) expect(await peer.ask("tr apple\n")).toBe("apple 苹果\n");
});

test("[::] and 0.0.0.0 share a port, and every address of the machine answers", async () => {
  await using hub = await startHub({ listen: ["udp://0.0.0.0:0"] });
  const port = hub.port("udp");
  const addresses = Object.values(networkInterfaces())
    .flat()
    .flatMap((address) => (address?.family === "IPv4" ? [address.address] : []));
  for (const address of addresses) {
    await using nc = startNetcat("udp", port, address);
    nc.write("tr apple\n");
    await nc.prints(/apple/);
  }
});

test("TCP: lines in pieces, many lines in one piece, CRLF, a last line without an end", async () => {
  await using hub = await startHub({ listen: ["tcp://127.0.0.1:0=echo"] });
  await using peer = await openTcpPeer(hub.port("tcp", "echo"));
  for (const byte of Buffer.from("你好 in pieces\n")) peer.send(Buffer.from([byte]));
  expect(await peer.sees("pieces")).toBe("你好 in pieces\n");
  peer.send("one\ntwo\r\n\n\r\nthree\n");
  await peer.sees("three");
  expect(peer.received.slice(1)).toEqual(["one\n", "two\n", "three\n"]);
  peer.send("no end");
  peer.end();
  await peer.sees("no end");
  await until("the hub closes", () => peer.isClosed);
});

test("TCP: a line without end is refused and costs the connection no more than itself", async () => {
  await using hub = await startHub({ listen: ["tcp://127.0.0.1:0=echo"] });
  await using peer = await openTcpPeer(hub.port("tcp", "echo"));
  await using other = await openTcpPeer(hub.port("tcp", "echo"));
  for (let index = 0; index < 100; index++) peer.send("x".repeat(10_000));
  expect(await other.ask("meanwhile\n")).toBe("meanwhile\n");
  peer.send("\nafter\n");
  await until("one refusal, or the end", () => peer.isClosed || peer.received.length > 0);
  expect(peer.received.join("")).not.toContain("xxx");
  expect(await other.ask("still\n")).toBe("still\n");
});

test("300 TCP connections are served at the same time", async () => {
  await using hub = await startHub({ listen: ["tcp://127.0.0.1:0"] });
  const peers: TcpPeer[] = await Promise.all(Array.from({ length: 300 }, () => openTcpPeer(hub.port("tcp"))));
  const answers = await Promise.all(peers.map((peer, index) => peer.ask(`echo ${index}\n`)));
  expect(answers).toEqual(peers.map((_, index) => `${index}\n`));
  await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
});

test("a TCP reader that does not read is dropped, and nobody else waits for it", async () => {
  await using hub = await startHub();
  await using slow = await openTcpPeer(hub.port("tcp"));
  await using ada = await openUdpPeer(hub.port("udp"));
  await slow.ask("online Slow\n");
  await ada.ask("online Ada");
  slow.pause();
  // The kernel's buffers of both sides come before the hub's own.
  const long = "x".repeat(990);
  let said = 0;
  await until(
    "the room is told that the slow one went",
    () => {
      for (let index = 0; index < 50; index++) ada.send(long);
      said += 50;
      return ada.received.some((line) => line.includes("~Slow went offline"));
    },
    { timeoutMs: 25_000, detail: () => `${said} said, ${ada.received.length} heard` },
  );
  expect(await ada.ask("/who")).toBeDefined();
  await ada.sees(/^#lobby, 1 here: ~Ada/);
  await hub.process.complains("does not read");
});
