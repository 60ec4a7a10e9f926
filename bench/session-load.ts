// Opens PEERS sessions in the lobby of the hub on PORT and lets them speak in turn, WINDOW messages under way at a time,
// or RATE a second, once a line comes on standard input; counts what each one gets, and prints a line of JSON.
// Usage: node bench/session-load.ts PORT PEERS SECONDS WINDOW RATE
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createRecordDecoder, encodeRoomStream } from "../packages/protocol/dist/index.js";
import { createSwarm } from "./session-swarm.ts";

// docs/protocol.md, room streams.
const roomMessage = 0x43;
// Each message ends in one.
const mark = "%".charCodeAt(0);

const [port = 0, count = 0, seconds = 0, window = 1, rate = 0] = process.argv.slice(2).map(Number);
let heard = 0;
// When each message was said, and the milliseconds that each delivery took; only at a rate.
const saidAt: number[] = [];
const delays: number[] = [];

const swarm = await createSwarm(port);
const members = await swarm.enter(count, (index) => {
  const records = createRecordDecoder();
  return {
    nick: `peer${index}`,
    room: "lobby",
    onData(_session, _stream, bytes) {
      for (const { type, body } of records.push(bytes)) {
        // Else it is told who came.
        if (type !== roomMessage || body.at(-1) !== mark) continue;
        heard++;
        if (rate === 0) continue;
        const [, number] = /message (\d+),/.exec(Buffer.from(body).toString("latin1")) ?? [];
        delays.push(performance.now() - (saidAt[Number(number)] ?? Number.NaN));
      }
    },
  };
});
// Who came in last was told to everybody.
for (let before = -1; before !== heard;) {
  before = heard;
  await new Promise((resolve) => void setTimeout(resolve, 500));
}
process.stdout.write("ready\n");
await once(process.stdin, "data");

const start = performance.now();
heard = 0;
let said = 0;
const elapsed = () => (performance.now() - start) / 1000;
const isDue = () =>
  rate > 0 ? said < elapsed() * rate : said * count - heard < window * count && said * count >= heard;
while (elapsed() < seconds) {
  while (isDue()) {
    const { session, room } = members[said % count];
    saidAt[said] = performance.now();
    const text = `message ${said++}, as long as people's are%`;
    session.write(room, encodeRoomStream({ type: "say", id: randomBytes(16), kind: "say", text }));
    swarm.wrote(session);
  }
  await new Promise((resolve) => void setImmediate(resolve));
}
const used = elapsed();
delays.sort((one, other) => one - other);
const delay = (share: number) => delays[Math.floor(share * (delays.length - 1))] ?? 0;
const counted = { messages: said, deliveries: heard, lost: 0, seconds: used };
process.stdout.write(`${JSON.stringify({ ...counted, p50Ms: delay(0.5), p99Ms: delay(0.99) })}\n`);
process.exit();
