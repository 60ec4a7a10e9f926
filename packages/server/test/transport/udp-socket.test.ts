import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { type Libc, tryLoadLibc } from "../../src/transport/libc.ts";
import type { Remote } from "../../src/transport/remote.ts";
import { openBatchSocket } from "../../src/transport/udp-batch.ts";
import { openDgramSocket } from "../../src/transport/udp-dgram.ts";
import type { UdpSocket, UdpSocketOptions } from "../../src/transport/udp-socket.ts";

const EAGAIN = 11;
const EINVAL = 22;
const EPERM = 1;
const libc = (await tryLoadLibc())!;

const kinds: readonly (readonly [string, (options: UdpSocketOptions) => Promise<UdpSocket>])[] = [
  ["batch", (options) => openBatchSocket(libc, options)],
  ["dgram", openDgramSocket],
];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});
const closing: (() => unknown)[] = [];

interface Heard {
  readonly text: string;
  readonly length: number;
  readonly from: Remote;
}

async function listen(
  openSocket: (options: UdpSocketOptions) => Promise<UdpSocket>,
  options: Partial<UdpSocketOptions> = {},
) {
  const heard: Heard[] = [];
  const failures: Error[] = [];
  let wake = Promise.withResolvers<void>();
  let answer: (heard: Heard) => void = () => {};
  const socket = await openSocket({
    address: "127.0.0.1",
    port: 0,
    family: 4,
    ipv6Only: false,
    bufferBytes: 4 << 20,
    receive(datagram, from) {
      const one = { text: Buffer.from(datagram).toString(), length: datagram.length, from };
      heard.push(one);
      answer(one);
      wake.resolve();
    },
    failed: (error) => failures.push(error),
    ...options,
  });
  closing.push(() => socket.close());
  return {
    socket,
    heard,
    failures,
    onHeard: (listener: (heard: Heard) => void) => void (answer = listener),
    async until(count: number) {
      while (heard.length < count) {
        await wake.promise;
        wake = Promise.withResolvers();
      }
    },
  };
}

async function openPeer(type: "udp4" | "udp6" = "udp4", address = "127.0.0.1"): Promise<Socket> {
  const peer = createSocket({ type, recvBufferSize: 4 << 20 });
  peer.bind(0, address);
  await once(peer, "listening");
  closing.push(() => peer.close());
  return peer;
}

/** Peers, what each of them hears, and where each of them is. */
async function openPeers(socket: UdpSocket, count: number) {
  const peers = await Promise.all(Array.from({ length: count }, () => openPeer()));
  const got = peers.map((peer) => {
    const texts: string[] = [];
    peer.on("message", (bytes) => texts.push(bytes.toString()));
    return texts;
  });
  return { got, to: peers.map((peer) => socket.remote("127.0.0.1", peer.address().port)) };
}

test("this machine sends and receives in batches", () => {
  expect(libc).toBeDefined();
});

for (const [kind, openSocket] of kinds) {
  test(`${kind}: a burst is heard whole and in order, and each datagram is answered`, async () => {
    const { socket, heard, onHeard, until } = await listen(openSocket);
    onHeard(({ text, from }) => socket.send(Buffer.from(`${text}!`), from));
    const peer = await openPeer();
    const answers: string[] = [];
    peer.on("message", (bytes) => answers.push(bytes.toString()));
    for (let i = 0; i < 500; i++) peer.send(`number ${i}`, socket.port, "127.0.0.1");
    await until(500);
    await expect.poll(() => answers.length, { timeout: 20_000 }).toBe(500);
    expect(heard.map(({ text }) => text)).toEqual(Array.from({ length: 500 }, (_, i) => `number ${i}`));
    expect(answers).toEqual(heard.map(({ text }) => `${text}!`));
    expect(socket.unsent).toBe(0);
  });

  test(`${kind}: bytes that go to several reach each of them, between other datagrams and past a batch`, async () => {
    const { socket } = await listen(openSocket);
    const { got, to } = await openPeers(socket, 3);
    const expected: string[][] = to.map(() => []);
    const send = (datagram: Uint8Array | string, peer: number) => {
      expected[peer]!.push(String(datagram));
      socket.send(datagram, to[peer]!);
    };
    // 11 or 12 a round: rounds begin anywhere in a batch of 64, and neighbours go to one place or to several.
    for (let round = 0; round < 60; round++) {
      const [shared, like] = ["a", "b"].map((one) => Buffer.from(`${one} of round ${round}`));
      for (const peer of [0, 1, 2, 2, 2]) send(shared!, peer);
      send(`text ${round}`, 0);
      for (const peer of [1, 0, 0]) send(shared!, peer);
      send(like!, 1);
      send(shared!, 2);
      if (round % 2 === 0) send("", 1);
      if (round % 20 === 19) await new Promise(setImmediate);
    }
    await expect.poll(() => got, { timeout: 20_000 }).toEqual(expected);
    expect(socket.unsent).toBe(0);
  });

  test(`${kind}: a circle is sent the same bytes, behind what was sent before, also what is too long for it`, async () => {
    const { socket } = await listen(openSocket);
    const { got, to } = await openPeers(socket, 10);
    const circle = socket.circle(to);
    const texts = ["one", "two", "", "x".repeat(3000), "four"];
    for (const [index, text] of texts.entries()) {
      for (const remote of to) socket.send(`before ${index}`, remote);
      circle.send(Buffer.from(text));
    }
    const all = texts.flatMap((text, index) => [`before ${index}`, text]);
    await expect.poll(() => got, { timeout: 20_000 }).toEqual(to.map(() => all));
    expect(socket.unsent).toBe(0);
  });

  test(`${kind}: one object stands for one address, whichever way it is found`, async () => {
    const { socket, heard, until } = await listen(openSocket);
    const [one, other] = [await openPeer(), await openPeer()];
    for (let i = 0; i < 100; i++) for (const peer of [one, other]) peer.send("hi", socket.port, "127.0.0.1");
    await until(200);
    expect(new Set(heard.map(({ from }) => from)).size).toBe(2);
    const found = socket.remote("127.0.0.1", one.address().port);
    expect(heard.filter(({ from }) => from === found)).toHaveLength(100);
    expect([found.address, found.port]).toEqual(["127.0.0.1", one.address().port]);
  });

  test(`${kind}: IPv6, and IPv4 on the same socket under its own address`, async () => {
    const { socket, heard, onHeard, until } = await listen(openSocket, { address: "::", family: 6 });
    onHeard(({ from }) => socket.send(Buffer.from(from.address), from));
    const v6 = await openPeer("udp6", "::1");
    const v4 = await openPeer();
    for (const [peer, address] of [
      [v6, "::1"],
      [v4, "127.0.0.1"],
    ] as const) {
      const answered = once(peer, "message") as Promise<[Buffer]>;
      peer.send("hi", socket.port, address);
      expect(String((await answered)[0])).toBe(address);
      expect(heard.at(-1)?.from).toBe(socket.remote(address, peer.address().port));
    }
    await until(2);
  });

  test(`${kind}: an IPv6 socket that leaves IPv4 alone hears none`, async () => {
    const only = await listen(openSocket, { address: "::", family: 6, ipv6Only: true });
    const beside = await listen(openSocket, { port: only.socket.port });
    const peer = await openPeer();
    peer.send("for IPv4", only.socket.port, "127.0.0.1");
    await beside.until(1);
    expect(only.heard).toEqual([]);
  });

  test(`${kind}: a port that is taken is refused by its name, and so is an address of another machine`, async () => {
    const { socket } = await listen(openSocket);
    await expect(listen(openSocket, { port: socket.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await expect(listen(openSocket, { address: "192.0.2.1" })).rejects.toMatchObject({
      code: "EADDRNOTAVAIL",
    });
  });

  test(`${kind}: 60,000 bytes are sent whole, an empty datagram is heard, and nobody's port hurts nobody`, async () => {
    const { socket, heard, until } = await listen(openSocket);
    const peer = await openPeer();
    const gone = await openPeer();
    const { port } = gone.address();
    gone.close();
    closing.pop();
    const got = once(peer, "message") as Promise<[Buffer]>;
    for (let i = 0; i < 100; i++) socket.send(Buffer.from("anybody?"), socket.remote("127.0.0.1", port));
    socket.send(Buffer.alloc(60_000, 7), socket.remote("127.0.0.1", peer.address().port));
    expect((await got)[0].equals(Buffer.alloc(60_000, 7))).toBe(true);
    peer.send(Buffer.alloc(0), socket.port, "127.0.0.1");
    peer.send(Buffer.alloc(60_000, "x"), socket.port, "127.0.0.1");
    peer.send("after", socket.port, "127.0.0.1");
    await until(3);
    expect([heard[0]?.length, heard[2]?.text]).toEqual([0, "after"]);
    // More than anything we understand has; how much more is the socket's own affair.
    expect(heard[1]?.length).toBeGreaterThan(1200);
  });

  test(`${kind}: what was sent before closing leaves, what comes after is ignored`, async () => {
    const { socket } = await listen(openSocket);
    const peer = await openPeer();
    const to = socket.remote("127.0.0.1", peer.address().port);
    const got = once(peer, "message") as Promise<[Buffer]>;
    socket.send(Buffer.from("the last word"), to);
    closing.splice(0, 1);
    await socket.close();
    expect(String((await got)[0])).toBe("the last word");
  });
}

test("batch: while the system takes nothing, datagrams wait and leave in order", async () => {
  let refusals = 3;
  const busy: Libc = {
    ...libc,
    sendmmsg: (...args) => (refusals-- > 0 ? -1 : libc.sendmmsg(...args)),
    errno: () => EAGAIN,
  };
  const { socket } = await listen((options) => openBatchSocket(busy, options));
  const peer = await openPeer();
  const texts: string[] = [];
  peer.on("message", (bytes) => texts.push(bytes.toString()));
  const to = socket.remote("127.0.0.1", peer.address().port);
  for (let i = 0; i < 150; i++) socket.send(Buffer.from(`number ${i}`), to);
  await expect.poll(() => texts.length, { timeout: 20_000 }).toBe(150);
  expect(texts).toEqual(Array.from({ length: 150 }, (_, i) => `number ${i}`));
  expect(socket.unsent).toBe(0);
});

test("batch: a datagram that the system refuses is counted, and those beside it leave", async () => {
  let calls = 0;
  const strict: Libc = {
    ...libc,
    // The first of each batch is refused, as a firewall does it.
    sendmmsg: (...args) => (calls++ === 0 ? -1 : libc.sendmmsg(...args)),
    errno: () => EPERM,
  };
  const { socket, failures } = await listen((options) => openBatchSocket(strict, options));
  const peer = await openPeer();
  const texts: string[] = [];
  peer.on("message", (bytes) => texts.push(bytes.toString()));
  const to = socket.remote("127.0.0.1", peer.address().port);
  for (const text of ["one", "three", "seventeen"]) socket.send(Buffer.from(text), to);
  await expect.poll(() => texts, { timeout: 20_000 }).toEqual(["three", "seventeen"]);
  expect(socket.unsent).toBe(1);
  expect(failures.map(({ message }) => message)).toEqual(["sendmmsg EPERM"]);
});

test("batch: a circle of more than a call takes; where the system refuses one, takes none or is full, the others hear all", async () => {
  const refused = new Map([
    [1, EPERM],
    [4, EAGAIN],
  ]);
  const { counted, calls } = counting((call) => refused.get(call) ?? 0);
  const { socket, failures } = await listen((options) => openBatchSocket(counted, options));
  const { got, to } = await openPeers(socket, 3);
  const many = Array.from({ length: 1200 }, (_, index) => to[index % 3]!);
  const circle = socket.circle(many);
  // Both calls for the circle come first; who is refused is tried once more by itself.
  circle.send(Buffer.from("refused"));
  circle.send(Buffer.from("taken"));
  await expect.poll(() => got.map(({ length }) => length), { timeout: 20_000 }).toEqual([800, 800, 800]);
  expect(calls.slice(0, 1)).toEqual([1024]);
  expect(calls).toContain(1200 - 1024);
  circle.send(Buffer.from("last"));
  await expect.poll(() => got.map(({ length }) => length), { timeout: 20_000 }).toEqual([1200, 1200, 1200]);
  const order = ["refused", "taken", "last"].flatMap((text) => Array.from({ length: 400 }, () => text));
  for (const texts of got) expect(texts).toEqual(order);
  expect([socket.unsent, failures]).toEqual([0, []]);
});

/** The headers of each call. */
function counting(refuse: (call: number, headers: number) => number) {
  const calls: number[] = [];
  let errno = 0;
  const counted: Libc = {
    ...libc,
    sendmmsg(fd, messages, count, flags) {
      calls.push(count);
      errno = refuse(calls.length, count);
      return errno === 0 ? libc.sendmmsg(fd, messages, count, flags) : -1;
    },
    errno: () => errno || libc.errno(),
  };
  return { counted, calls };
}

const manySizes = Array.from(
  { length: 64 },
  (_, i) => `${"x".repeat(((i * 7) % 5) * 20 + (i % 3 === 0 ? 0 : 9))}${i}`,
);
const oneSize = Array.from({ length: 64 }, (_, i) => `number ${i + 100}`);

for (const [family, type, address] of [
  [4, "udp4", "127.0.0.1"],
  [6, "udp6", "::1"],
] as const) {
  test(`batch: what goes to one place leaves together and arrives each by itself, IPv${family}`, async () => {
    const { counted, calls } = counting(() => 0);
    const { socket } = await listen((options) => openBatchSocket(counted, options), { family, address });
    const [one, other] = [await openPeer(type, address), await openPeer(type, address)];
    const got = new Map([one, other].map((peer) => [peer, [] as string[]]));
    for (const [peer, texts] of got) peer.on("message", (bytes) => texts.push(bytes.toString()));
    const to = (peer: Socket) => socket.remote(address, peer.address().port);

    for (const text of oneSize) socket.send(text, to(one));
    await expect.poll(() => got.get(one), { timeout: 20_000 }).toEqual(oneSize);
    expect(calls).toEqual([1]);

    // The last may be shorter; then something else begins, and so it does where another peer's come between.
    const mixed = ["four", "four", "two", "four", "", "four"];
    for (const text of mixed) socket.send(text, to(other));
    for (const peer of [one, other, one]) socket.send("four", to(peer));
    await expect.poll(() => got.get(other), { timeout: 20_000 }).toEqual([...mixed, "four"]);
    expect(calls.slice(1).reduce((sum, count) => sum + count, 0)).toBe(7);

    for (const text of manySizes) socket.send(Buffer.from(text), to(other));
    await expect.poll(() => got.get(other)?.slice(mixed.length + 1), { timeout: 20_000 }).toEqual(manySizes);
    expect(got.get(one)).toEqual([...oneSize, "four", "four"]);
    expect(socket.unsent).toBe(0);
  });
}

test("batch: where the system cannot cut, each datagram leaves by itself, and nothing is lost or tried again", async () => {
  const { counted, calls } = counting((call) => (call === 1 ? EINVAL : 0));
  const { socket, failures } = await listen((options) => openBatchSocket(counted, options));
  const [one, other] = [await openPeer(), await openPeer()];
  const got = new Map([one, other].map((peer) => [peer, [] as string[]]));
  for (const [peer, texts] of got) peer.on("message", (bytes) => texts.push(bytes.toString()));
  const send = (text: string, peer: Socket) =>
    socket.send(text, socket.remote("127.0.0.1", peer.address().port));
  for (let round = 0; round < 2; round++) for (const text of oneSize) send(text, one);
  await expect.poll(() => got.get(one), { timeout: 20_000 }).toEqual([...oneSize, ...oneSize]);
  expect(calls).toEqual([1, 64, 64]);

  // The path of one peer takes nothing from the others.
  for (const text of oneSize) send(text, other);
  await expect.poll(() => got.get(other), { timeout: 20_000 }).toEqual(oneSize);
  expect(calls).toEqual([1, 64, 64, 1]);
  expect([socket.unsent, failures]).toEqual([0, []]);
});

test("batch: 64 datagrams of 65,000 bytes to one place are no longer than a packet may be", async () => {
  const { socket, failures } = await listen((options) => openBatchSocket(libc, options));
  const peer = await openPeer();
  let got = 0;
  peer.on("message", (bytes) => (got += bytes.length));
  const to = socket.remote("127.0.0.1", peer.address().port);
  for (let i = 0; i < 64; i++) socket.send(new Uint8Array(i % 2 === 0 ? 65_000 : 507), to);
  await expect.poll(() => got, { timeout: 20_000 }).toBe(32 * 65_507);
  expect([socket.unsent, failures]).toEqual([0, []]);
});
