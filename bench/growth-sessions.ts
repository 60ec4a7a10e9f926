// Opens PEERS sessions, ten to a room, and then does what each line of standard input says:
//   ask ASKERS SECONDS   the first ASKERS sessions ask for words in turn, 1,000 a second: a session may ask for 200
//   say SECONDS          the ten of the first room speak in turn, one message at a time, at most 1,000 a second
//   visit SECONDS        somebody else comes into a room of its own and goes, again and again
// Prints "ready", and then a line of JSON for each. Usage: node bench/growth-sessions.ts PORT PEERS WORDS
import { randomBytes, randomInt } from "node:crypto";
import { createInterface } from "node:readline";
import {
  type ClientSession,
  createRecordDecoder,
  encodeRequestStream,
  encodeRoomStream,
  type RecordDecoder,
} from "../packages/protocol/dist/index.js";
import { createSwarm } from "./session-swarm.ts";

const perRoom = 10;
const perSecond = 1000;
// docs/protocol.md, room streams and request streams.
const roomMessage = 0x43;
const requestEnd = 0x25;

const [port = 0, count = 0, words = 0] = process.argv.slice(2).map(Number);
let answered = 0;
let heard = 0;
const swarm = await createSwarm(port);
const members = await swarm.enter(count, (index) => {
  const decoders = new Map<number, RecordDecoder>();
  return {
    nick: `peer${index}`,
    room: `room${Math.floor(index / perRoom)}`,
    onData(_session, stream, bytes) {
      const decoder = decoders.get(stream) ?? createRecordDecoder();
      decoders.set(stream, decoder);
      for (const { type } of decoder.push(bytes)) {
        if (type === roomMessage) heard++;
        if (type !== requestEnd) continue;
        answered++;
        decoders.delete(stream);
      }
    },
  };
});
process.stdout.write("ready\n");

for await (const line of createInterface({ input: process.stdin })) {
  const [what, ...numbers] = line.split(" ");
  const askers = what === "ask" ? Number(numbers[0]) : 0;
  const seconds = Number(numbers.at(-1));
  const isAsking = askers > 0;
  const each = isAsking ? 1 : Math.min(perRoom, count);
  if (what === "visit") {
    await visit(seconds);
    continue;
  }
  answered = heard = 0;
  let turns = 0;
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const done = () => (isAsking ? answered : heard);
  const isDue = () => turns < elapsed() * perSecond && (isAsking || turns * each <= heard);
  while (elapsed() < seconds) {
    while (isDue()) {
      if (isAsking) ask(members[turns % askers]!.session);
      else say(turns);
      turns++;
    }
    await new Promise((resolve) => void setImmediate(resolve));
  }
  const until = performance.now() + 500;
  while (done() < turns * each && performance.now() < until)
    await new Promise((resolve) => void setTimeout(resolve, 5));
  tell(done(), turns * each - done(), elapsed());
}
process.exit();

function tell(done: number, lost: number, took: number): void {
  process.stdout.write(`${JSON.stringify({ done, lost, seconds: took })}\n`);
}

async function visit(seconds: number): Promise<void> {
  const start = performance.now();
  let visits = 0;
  for (; performance.now() - start < seconds * 1000; visits++) {
    const [visitor] = await swarm.enter(1, () => ({ nick: "visitor", room: "hall" }));
    visitor!.session.close();
    swarm.wrote(visitor!.session);
  }
  tell(visits, 0, (performance.now() - start) / 1000);
}

function ask(session: ClientSession): void {
  const stream = session.open("request");
  if (stream === undefined) return;
  const argv = [`word${randomInt(words)}`];
  session.write(stream, encodeRequestStream({ type: "request", id: randomBytes(16), command: "tr", argv }));
  session.finish(stream);
  swarm.wrote(session);
}

function say(turn: number): void {
  const { session, room } = members[turn % Math.min(perRoom, count)]!;
  const text = `message ${turn}, as long as people's are`;
  session.write(room, encodeRoomStream({ type: "say", id: randomBytes(16), kind: "say", text }));
  swarm.wrote(session);
}
