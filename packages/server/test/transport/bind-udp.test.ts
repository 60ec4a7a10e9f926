import { execFile } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { findTool } from "../../../../test/e2e/tools.ts";
import { readKernelDrops } from "../../src/monitor/kernel-drops.ts";
import { type Libc, tryLoadLibc } from "../../src/transport/libc.ts";
import { openBatchSocket } from "../../src/transport/udp-batch.ts";
import { openDgramSocket } from "../../src/transport/udp-dgram.ts";
import type { UdpSocketOptions } from "../../src/transport/udp-socket.ts";

const SO_ATTACH_REUSEPORT_CBPF = 51;
const EMSGSIZE = 90;
const libc = (await tryLoadLibc())!;
/** Of a system that cannot choose between two sockets of one port. */
const plain: Libc = {
  ...libc,
  setsockopt: (fd, level, option, ...value) =>
    option === SO_ATTACH_REUSEPORT_CBPF ? -1 : libc.setsockopt(fd, level, option, ...value),
};

const closing: (() => unknown)[] = [];
const closeAll = () => Promise.all(closing.splice(0).map((close) => close()));
afterEach(closeAll);

const silent: UdpSocketOptions = {
  address: "127.0.0.1",
  port: 0,
  family: 4,
  ipv6Only: false,
  bufferBytes: 1 << 20,
  receive() {},
  failed(error) {
    throw error;
  },
};

async function listen(bound: Libc, options: Partial<UdpSocketOptions>) {
  const heard: string[] = [];
  const socket = await openBatchSocket(bound, {
    ...silent,
    receive(datagram, from) {
      const text = Buffer.from(datagram).toString();
      heard.push(text);
      socket.send(`${text}!`, from);
    },
    ...options,
  });
  closing.push(() => socket.close());
  return { socket, heard };
}

async function openPeer(type: "udp4" | "udp6"): Promise<Socket> {
  const peer = createSocket(type);
  closing.push(() => peer.close());
  peer.bind(0);
  await once(peer, "listening");
  return peer;
}

/** The rows of a port in /proc/net/udp: bytes that wait to be sent, and to be read. */
function queuesOf(port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const rows = readFileSync("/proc/net/udp", "utf8").split("\n");
  return rows.filter((row) => row.includes(`:${hex} 00000000:`)).map((row) => row.trim().split(/\s+/)[4]!);
}

const places = [
  ["127.0.0.1", 4, [["udp4", "127.0.0.1"]]],
  ["0.0.0.0", 4, [["udp4", "127.0.0.1"]]],
  ["::1", 6, [["udp6", "::1"]]],
  [
    "::",
    6,
    [
      ["udp6", "::1"],
      ["udp4", "127.0.0.1"],
    ],
  ],
] as const;

for (const [what, bound] of [
  ["two sockets", libc],
  ["one socket, where the system cannot choose", plain],
] as const) {
  for (const [address, family, ways] of places) {
    test(`${what}: ${address} hears everybody, and nobody else gets its port`, async () => {
      const { socket, heard } = await listen(bound, { address, family });
      const { port } = socket;
      for (const [type, host] of ways) {
        // Many, since a kernel that shares a port out goes by who sends.
        const peers = await Promise.all(Array.from({ length: 40 }, () => openPeer(type)));
        const answers = peers.map(async (peer) => String((await once(peer, "message"))[0]));
        for (const [index, peer] of peers.entries()) peer.send(`${type} ${index}`, port, host);
        const texts = peers.map((_, index) => `${type} ${index}`);
        expect(await Promise.all(answers)).toEqual(texts.map((text) => `${text}!`));
        expect(heard.splice(0).toSorted()).toEqual(texts.toSorted());
      }

      const again = { ...silent, address, port, family };
      for (const [type, host] of ways) {
        for (const options of [
          { reuseAddr: true },
          { reusePort: true },
          { reuseAddr: true, reusePort: true },
        ]) {
          const stranger = createSocket({ type, ...options });
          stranger.bind({ port, address: host, exclusive: true });
          await expect(once(stranger, "listening")).rejects.toThrow("EADDRINUSE");
          stranger.close();
        }
      }
      for (const reusePort of [false, true]) {
        await expect(openBatchSocket(libc, { ...again, reusePort })).rejects.toThrow("EADDRINUSE");
        await expect(openDgramSocket({ ...again, reusePort })).rejects.toThrow("EADDRINUSE");
      }
      await closeAll();
      await (await openDgramSocket(again)).close();
    });
  }
}

test.each(places.map(([address, family, [[, host]]]) => ({ address, family, host })))(
  "what comes to $address while it is bound is heard",
  async ({ address, family, host }) => {
    const before = await openBatchSocket(libc, { ...silent, address, family });
    const { port } = before;
    await before.close();
    // Many, since a kernel that shares a port out goes by who sends; a circle is sent to at once.
    const opening = Array.from({ length: 20 }, () =>
      openBatchSocket(libc, { ...silent, address: host, family }),
    );
    const peers = await Promise.all(opening);
    for (const peer of peers) closing.push(() => peer.close());
    const circles = peers.map((peer) => peer.circle([peer.remote(host, port)]));
    const said: string[] = [];
    let isBound = false;
    const sayAll = () => {
      for (const { send } of isBound ? circles : []) send(Buffer.from(String(said.push(""))));
    };
    const busy: Libc = {
      ...libc,
      bind(...given) {
        sayAll();
        const result = libc.bind(...given);
        isBound ||= result === 0;
        sayAll();
        return result;
      },
      setsockopt(...given) {
        const result = libc.setsockopt(...given);
        sayAll();
        return result;
      },
    };
    const { heard } = await listen(busy, { address, family, port });
    expect(said.length).toBeGreaterThan(100);
    const all = said.map((_, index) => String(index + 1));
    await expect.poll(() => heard.toSorted((one, other) => Number(one) - Number(other))).toEqual(all);
  },
);

test("what goes to all sockets of a port is heard once, waits nowhere, and nothing of it counts as dropped", async () => {
  const { socket, heard } = await listen(libc, { address: "0.0.0.0" });
  const peer = await openPeer("udp4");
  peer.setBroadcast(true);
  for (let i = 0; i < 3; i++) peer.send(`all ${i}`, socket.port, "127.255.255.255");
  await expect.poll(() => heard, { timeout: 20_000 }).toEqual(["all 0", "all 1", "all 2"]);
  await expect.poll(() => queuesOf(socket.port)).toEqual(["00000000:00000000", "00000000:00000000"]);
  expect(await readKernelDrops([socket.port])).toBe(0);
});

test.each([
  ["by the second socket where there is one", libc, 2],
  ["by the one socket where there is one alone", plain, 1],
])(
  "what is short leaves for a circle %s, all else by the one that receives",
  async (_what, bound, sockets) => {
    const used: number[] = [];
    const watched: Libc = {
      ...bound,
      sendmmsg(fd, ...given) {
        used.push(fd);
        return bound.sendmmsg(fd, ...given);
      },
    };
    const { socket } = await listen(watched, {});
    const peer = await openPeer("udp4");
    const lengths: number[] = [];
    peer.on("message", (bytes) => lengths.push(bytes.length));
    const to = socket.remote("127.0.0.1", peer.address().port);
    const circle = socket.circle([to]);
    for (const length of [228, 229]) circle.send(new Uint8Array(length));
    socket.send(new Uint8Array(5), to);
    await expect.poll(() => lengths, { timeout: 20_000 }).toEqual([228, 229, 5]);
    const [short, long, single] = used;
    expect(used).toHaveLength(3);
    expect(single).toBe(long);
    expect(new Set([short, long]).size).toBe(sockets);
  },
);

test("what is longer than its path takes leaves in fragments, alone, joined and to a circle", async () => {
  const script = join(import.meta.dirname, "short-path.ts");
  const enter = 'ip link set lo mtu 200 up && exec "$@"';
  findTool("ip");
  const args = ["-Urn", "sh", "-c", enter, "sh", process.execPath, script];
  const { stdout } = await promisify(execFile)(findTool("unshare"), args);
  const { got, unsent, failures, refused } = JSON.parse(stdout) as Record<string, unknown>;
  expect(got).toEqual([
    ["3000", "60000", ...Array.from({ length: 10 }, () => "1300"), "20", "20", "220", "1400", "20"],
    ["20", "220", "1400"],
  ]);
  expect([unsent, failures]).toEqual([0, []]);
  // What the system said to the short one of the circle that is too long here.
  expect(refused).toEqual([EMSGSIZE]);
});
