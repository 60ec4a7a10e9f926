// The terminal client under load: 10,000 messages in the room, 200 more each second, typing all the time, at 120x36.
// A frame is the time that the event loop was busy until it had written one: receiving, laying out, drawing, and this program.
// Usage: node bench/client-frame.ts [SECONDS]   (default 10)
import { execFileSync } from "node:child_process";
import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { Connection, RoomMessage } from "../packages/client/dist/index.js";
import type { Terminal } from "../packages/tui-client/dist/modes/screen.js";
import { NO_CONFIG } from "../packages/tui-client/dist/config/read-config.js";
import { createPreferences } from "../packages/tui-client/dist/config/preferences.js";
import { collectSooner, prepareEnvironment } from "../packages/tui-client/dist/terminal/environment.js";
import { leanImports } from "../packages/tui-client/dist/terminal/lean-imports.js";

const rssMb = () => process.memoryUsage().rss / 1024 / 1024;
const bareMb = (type: string) =>
  Number(
    execFileSync(process.execPath, [
      `--input-type=${type}`,
      "-e",
      "console.log(process.memoryUsage().rss / 1024 / 1024)",
    ]),
  );
const benchMb = bareMb("module-typescript") - bareMb("module");

const seconds = Number(process.argv[2] ?? 10);
const perSecond = 200;
const kept = 10_000;

prepareEnvironment(process.env);
leanImports();
const { runFullscreen } = await import("../packages/tui-client/dist/modes/fullscreen.js");
collectSooner();

const events = new EventEmitter();
const connection = {
  state: "online",
  nick: "ada",
  on: (name: string, listener: (value: unknown) => void) => {
    events.on(name, listener);
    return () => events.off(name, listener);
  },
  ready: async () => {},
  join: async () => {},
  commands: async () => [],
  ping: async () => ({ rttMs: 20, loss: 0, pathChanges: 0 }),
  typing() {},
  close: async () => {},
} as unknown as Connection;

let onWrite = () => {};
let bytes = 0;
let isDrawing = false;
let before = performance.eventLoopUtilization();
let cpuBefore = process.threadCpuUsage();
const framesMs: number[] = [];
/** What a frame took of the processor: on a busy machine the time on the clock is mostly others'. */
const cpuMs: number[] = [];
/** Turning the loop all the time to see where a frame begins would take the processor away from it: the loop counts itself. */
function onDrawn(): void {
  isDrawing = false;
  framesMs.push(performance.eventLoopUtilization(before).active);
  const { user, system } = process.threadCpuUsage(cpuBefore);
  cpuMs.push((user + system) / 1000);
  before = performance.eventLoopUtilization();
  cpuBefore = process.threadCpuUsage();
}
const size = { columns: 120, rows: 36 };
const stdout = Object.assign(
  new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      bytes += chunk.length;
      if (!isDrawing) setImmediate(onDrawn);
      isDrawing = true;
      onWrite();
      done();
    },
  }),
  { isTTY: true, ...size },
);
const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {}, ref() {}, unref() {} });
const hub = { address: { host: "127.0.0.1", port: 1 }, timeoutMs: 60_000 };
const env = { TERM: "xterm-256color", LANG: "C.UTF-8" };
const streams: unknown = { stdin, stdout, stderr: new PassThrough() };
const ended = runFullscreen({ command: "chat", hub, room: "lobby", linear: false }, () => connection, {
  preferences: createPreferences(NO_CONFIG, env, {}, "en"),
  terminal: streams as Terminal,
});

const people = ["bob", "小明", "eve", "~guest7", "Zoë"];
let seq = 0;
function say(): void {
  seq++;
  const text = `${seq} ${seq % 3 === 0 ? "说一句中文 " : ""}${"some words of a message ".repeat(1 + (seq % 6))}`;
  const from = people[seq % people.length] ?? "bob";
  const message: RoomMessage = { room: "lobby", seq, at: Date.now(), from, kind: "say", text };
  events.emit("message", message);
}

while (events.listenerCount("message") === 0) await wait(10);
for (let index = 0; index < kept; index++) say();
await wait(1000);
bytes = 0;
framesMs.length = cpuMs.length = 0;
before = performance.eventLoopUtilization();
cpuBefore = process.threadCpuUsage();
const typingMs: number[] = [];
const until = performance.now() + seconds * 1000;
const flood = (async () => {
  while (performance.now() < until) {
    const startedAt = performance.now();
    for (let index = 0; index < perSecond / 50; index++) say();
    await wait(Math.max(0, 20 - (performance.now() - startedAt)));
  }
})();
while (performance.now() < until) {
  await wait(70);
  const typedAt = performance.now();
  typingMs.push(
    await new Promise((resolve) => {
      onWrite = () => resolve(performance.now() - typedAt);
      stdin.write("x");
    }),
  );
}
await flood;
stdin.write("\u0003\u0003");
await ended;

const at = (values: number[], share: number) =>
  values.toSorted((one, other) => one - other)[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ] ?? 0;
const ms = (values: number[]) =>
  [0.5, 0.99, 1]
    .map((share, index) => `${["p50", "p99", "max"][index]} ${at(values, share).toFixed(1)} ms`)
    .join(", ");
console.log(`${kept} messages kept, ${perSecond} a second for ${seconds} s, ${size.columns}x${size.rows}`);
console.log(
  `frames ${framesMs.length}: ${ms(framesMs)}; ${(bytes / framesMs.length).toFixed(0)} characters a frame`,
);
console.log(`processor time of a frame: ${ms(cpuMs)}`);
console.log(`from key to screen: ${ms(typingMs)}`);
const peakMb = process.resourceUsage().maxRSS / 1024;
console.log(
  `memory: ${rssMb().toFixed(0)} MB RSS, ${peakMb.toFixed(0)} at most; ${benchMb.toFixed(0)} MB of it for running this TypeScript`,
);
process.exit(0);
