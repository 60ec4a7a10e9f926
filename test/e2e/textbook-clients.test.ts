import { afterAll, beforeAll, expect, test } from "vitest";
import { type HubProcess, smallDictionary, startHub } from "./hub-process.ts";
import { startNetcat } from "./netcat.ts";
import { openUdpPeer } from "./text-peer.ts";
import { compileTextbookClient, type Shape } from "./textbook-client.ts";
import { until } from "./until.ts";

let hub: HubProcess;
let ask: ReturnType<typeof compileTextbookClient>;
beforeAll(async () => {
  hub = await startHub({
    listen: ["udp", "tcp"].flatMap((transport) => [
      `${transport}://127.0.0.1:0`,
      ...["dict", "exec", "chat", "echo"].map((mount) => `${transport}://127.0.0.1:0=${mount}`),
    ]),
  });
  ask = compileTextbookClient(hub.folder.path);
});
afterAll(() => hub?.[Symbol.asyncDispose]());

const shapes = ["strlen", "strlen+1", "buffer", "string"] as const satisfies readonly Shape[];

test.for(shapes)("a C client that sends %s is understood by every service on its mount", async (shape) => {
  expect(await ask(shape, hub.port("udp", "dict"), "apple")).toBe("apple 苹果\n");
  expect(await ask(shape, hub.port("udp", "dict"), "nosuchword")).toMatch(/^unknown/);
  expect(await ask(shape, hub.port("udp", "exec"), "whoami")).toMatch(/^\S+\n$/);
  expect(await ask(shape, hub.port("udp", "exec"), "rm -rf /")).toMatch(/no such command/);
  expect(await ask(shape, hub.port("udp", "chat"), "hello")).toBe("You are not online yet. Send: online\n");
  expect(await ask(shape, hub.port("udp", "chat"), "online")).toMatch(/^You are online as ~\S+ in #lobby/);
  expect(await ask(shape, hub.port("udp", "echo"), "any thing")).toBe("any thing\n");
});

test.for(shapes)("a C client that sends %s is understood on the main port", async (shape) => {
  const port = hub.port("udp");
  expect(await ask(shape, port, "tr apple")).toBe("apple 苹果\n");
  expect(await ask(shape, port, "/tr apple")).toBe("apple 苹果\n");
  expect(await ask(shape, port, "run whoami")).toMatch(/^\S+\n$/);
  expect(await ask(shape, port, "echo any thing")).toBe("any thing\n");
  expect(await ask(shape, port, "help")).toMatch(/^tr .*Translate a word/m);
  expect(await ask(shape, port, "apple")).toBe("You are not online yet. Send: online\n");
  expect(await ask(shape, port, "online")).toMatch(/^You are online as ~\S+ in #lobby/);
});

test("nc -u is served on every mount and on the main port", async () => {
  const served = async (port: number, line: string, answer: RegExp) => {
    await using nc = startNetcat("udp", port);
    nc.write(`${line}\n`);
    await nc.prints(answer);
  };
  await served(hub.port("udp", "dict"), "apple", /^apple 苹果\n$/);
  await served(hub.port("udp", "dict"), "nosuchword", /^unknown/);
  await served(hub.port("udp", "exec"), "hostname", /^\S+\n$/);
  await served(hub.port("udp", "chat"), "online", /^You are online as ~/);
  await served(hub.port("udp"), "tr apple", /^apple 苹果\n$/);
  await served(hub.port("udp"), "/run hostname", /^\S+\n$/);
  await served(hub.port("udp"), "who", /^(Nobody is in #lobby\.|#lobby, \d+ here: )/);
  await served(hub.port("udp"), "online", /^You are online as ~/);
});

test("nc over TCP is served on every mount and on the main port, and ends with its input", async () => {
  const served = async (port: number, input: string, answer: RegExp) => {
    await using nc = startNetcat("tcp", port);
    nc.write(input);
    nc.endInput();
    const { code, stdout } = await nc.exited;
    expect(stdout).toMatch(answer);
    expect(code).toBe(0);
  };
  await served(hub.port("tcp", "dict"), "apple\nbook\n", /^apple 苹果\nbook 书\n$/);
  await served(hub.port("tcp", "exec"), "hostname\n", /^\S+\n$/);
  await served(hub.port("tcp", "chat"), "online\n", /^You are online as ~/);
  await served(hub.port("tcp"), "tr apple\r\nrun hostname\n", /^apple 苹果\n\S+\n$/);
});

test("a line of many ends, blanks around it, and the bytes after a NUL are no part of the text", async () => {
  await using peer = await openUdpPeer(hub.port("udp", "echo"));
  expect(await peer.ask("  a  b \t\r\n\r\n")).toMatch(/^ *a {2}b\n$/);
  expect(await peer.ask("word\0\xff\xfe\n")).toBe("word\n");
});

test("what is empty is not answered", async () => {
  await using peer = await openUdpPeer(hub.port("udp", "echo"));
  for (const nothing of ["", "\n", "\r\n", "  \t ", "\0", "\0rubbish"]) peer.send(nothing);
  expect(await peer.ask("end")).toBe("end\n");
  expect(peer.received).toEqual(["end\n"]);
});

test("what is not UTF-8 gets one short error, never longer than the request", async () => {
  await using peer = await openUdpPeer(hub.port("udp"));
  peer.send(Buffer.from([0xff]));
  peer.send(Buffer.from([0xc3, 0x28]));
  const request = Buffer.from("caf\xe9 au lait, s'il vous plait", "latin1");
  const answer = await peer.ask(request);
  expect(answer).toMatch(/UTF-8/);
  expect(Buffer.byteLength(answer)).toBeLessThanOrEqual(request.length);
  expect(await peer.ask("echo end")).toBe("end\n");
  expect(peer.received).toHaveLength(2);
});

test("a message of 1000 bytes is taken and a longer one refused in one line", async () => {
  await using peer = await openUdpPeer(hub.port("udp", "echo"));
  expect(await peer.ask("x".repeat(999))).toBe(`${"x".repeat(999)}\n`);
  expect(await peer.ask("x".repeat(1001))).toMatch(/^[^\n]*1000 bytes[^\n]*\n$/);
});

test("every reply ends in a line end and fits a textbook's buffer", async () => {
  await using peer = await openUdpPeer(hub.port("udp"));
  peer.send("help");
  peer.send(`echo ${"语".repeat(330)}`);
  peer.send("run");
  await until("three answers", () => peer.received.length >= 3);
  for (const reply of peer.received) {
    expect(reply).toMatch(/\n$/);
    expect(Buffer.byteLength(reply)).toBeLessThanOrEqual(1000);
  }
});

test("a Windows console's GBK is understood when the operator says so, and UTF-8 as well", async () => {
  await using gbk = await startHub({
    config: `[text]\nencoding = "gb18030"\n${smallDictionary}`,
    listen: ["udp://127.0.0.1:0=dict", "udp://127.0.0.1:0=echo"],
  });
  // 苹果 in GBK.
  expect(await ask("bytes", gbk.port("udp", "echo"), "c6bbb9fb")).toBe("苹果\n");
  expect(await ask("bytes", gbk.port("udp", "echo"), "c6bbb9fb0d0a")).toBe("苹果\n");
  expect(await ask("strlen", gbk.port("udp", "echo"), "苹果")).toBe("苹果\n");
  expect(await ask("buffer", gbk.port("udp", "dict"), "apple")).toBe("apple 苹果\n");
  await using plain = await openUdpPeer(hub.port("udp", "echo"));
  expect(await plain.ask(Buffer.from("c6bbb9fbc6bbb9fbc6bbb9fb", "hex"))).toMatch(/UTF-8/);
});
