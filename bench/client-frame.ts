// The terminal client under load: 10,000 messages in the room, 200 more each second, typing all the time, at 120x36.
// A frame is a turn of the event loop that wrote to the terminal, with all that led to it: receiving, laying out, drawing.
// Usage: node --expose-gc bench/client-frame.ts [SECONDS]   (default 10)
import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { Connection, RoomMessage } from "../packages/client/dist/index.js";
import { NO_CONFIG } from "../packages/tui-client/dist/config/read-config.js";
import { createPreferences } from "../packages/tui-client/dist/config/preferences.js";
import { prepareEnvironment } from "../packages/tui-client/dist/terminal/environment.js";
import { leanImports } from "../packages/tui-client/dist/terminal/lean-imports.js";

const seconds = Number(process.argv[2] ?? 10);
const perSecond = 200;
const kept = 10_000;

prepareEnvironment(process.env);
leanImports();
const { runFullscreen } = await import("../packages/tui-client/dist/modes/fullscreen.js");

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

let turnStartedAt = performance.now();
let hasWritten = false;
let wroteAt = 0;
let bytes = 0;
const framesMs: number[] = [];
/** What each frame took of the processor: on a busy machine the time on the clock is mostly others'. */
const cpuMs: number[] = [];
let usageBefore = 0;
let isRunning = true;
const turn = () => {
  const now = performance.now();
  const usage = process.threadCpuUsage();
  if (hasWritten) {
    framesMs.push(now - turnStartedAt);
    cpuMs.push((usage.user + usage.system - usageBefore) / 1000);
  }
  usageBefore = usage.user + usage.system;
  hasWritten = false;
  turnStartedAt = now;
  if (isRunning) setImmediate(turn);
};
const size = { columns: 120, rows: 36 };
const stdout = Object.assign(
  new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      bytes += chunk.length;
      hasWritten = true;
      wroteAt = performance.now();
      done();
    },
  }),
  { isTTY: true, ...size },
);
const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {}, ref() {}, unref() {} });
const hub = { address: { host: "127.0.0.1", port: 1 }, timeoutMs: 60_000 };
const env = { TERM: "xterm-256color", LANG: "C.UTF-8" };
const ended = runFullscreen({ command: "chat", hub, room: "lobby", linear: false }, () => connection, {
  preferences: createPreferences(NO_CONFIG, env, {}, "en"),
  terminal: { stdin, stdout, stderr: new PassThrough() } as never,
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

for (let index = 0; index < kept; index++) say();
await wait(1000);
framesMs.length = cpuMs.length = bytes = 0;
setImmediate(turn);
const typingMs: number[] = [];
const until = performance.now() + seconds * 1000;
const flood = (async () => {
  while (performance.now() < until) {
    const before = performance.now();
    for (let index = 0; index < perSecond / 50; index++) say();
    await wait(Math.max(0, 20 - (performance.now() - before)));
  }
})();
while (performance.now() < until) {
  await wait(70);
  const typedAt = performance.now();
  stdin.write("x");
  while (wroteAt < typedAt) await new Promise((resolve) => setImmediate(resolve));
  typingMs.push(wroteAt - typedAt);
}
await flood;
isRunning = false;
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
(globalThis as { gc?: () => void }).gc?.();
console.log(`${kept} messages kept, ${perSecond} a second for ${seconds} s, ${size.columns}x${size.rows}`);
console.log(
  `frames ${framesMs.length}: ${ms(framesMs)}; ${(bytes / framesMs.length).toFixed(0)} characters a frame`,
);
console.log(`processor time of a frame: ${ms(cpuMs)}`);
console.log(`from key to screen: ${ms(typingMs)}`);
console.log(`memory: ${(process.memoryUsage().rss / 1024 / 1024).toFixed(0)} MB RSS`);
process.exit(0);
