// Sends what is longer than the path takes, and prints what has arrived: run by bind-udp.test.ts in a network of its own.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type Libc, tryLoadLibc } from "../../src/transport/libc.ts";
import { openBatchSocket } from "../../src/transport/udp-batch.ts";

const libc = (await tryLoadLibc())!;
/** Of what went to the circle. */
const refused: number[] = [];
let isCircling = false;
const watched: Libc = {
  ...libc,
  sendmmsg(...given) {
    const taken = libc.sendmmsg(...given);
    if (taken < 0 && isCircling) refused.push(libc.errno());
    return taken;
  },
};
const failures: string[] = [];
const socket = await openBatchSocket(watched, {
  address: "127.0.0.1",
  port: 0,
  family: 4,
  ipv6Only: false,
  bufferBytes: 4 << 20,
  receive() {},
  failed: (error) => failures.push(error.message),
});
const lengths = [3000, 60_000, ...Array.from({ length: 10 }, () => 1300), 20];
const circled = [20, 220, 1400];
const expected = [lengths.length + circled.length + 1, circled.length];
const got: string[][] = [[], []];
const peers = await Promise.all(
  got.map(async (sizes) => {
    const peer = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
    peer.on("message", ({ length }) => sizes.push(String(length)));
    peer.bind(0, "127.0.0.1");
    await once(peer, "listening");
    return peer;
  }),
);
const [one, other] = peers.map((peer) => socket.remote("127.0.0.1", peer.address().port));
for (const length of lengths) socket.send(new Uint8Array(length), one!);
// What waits leaves before the circle does.
await new Promise(setImmediate);
const circle = socket.circle([one!, other!]);
isCircling = true;
for (const length of circled) circle.send(new Uint8Array(length));
socket.send(new Uint8Array(20), one!);

const give = AbortSignal.timeout(10_000);
while (!give.aborted && got.some((sizes, index) => sizes.length < expected[index]!)) {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
console.log(JSON.stringify({ got, unsent: socket.unsent, failures, refused }));
for (const peer of peers) peer.close();
await socket.close();
