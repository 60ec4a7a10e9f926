// Servers that misbehave, scripted; dictd itself answers in test/e2e/dict-upstream.test.ts.
import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { tryParseServer } from "../../../src/dict/upstream/server-address.ts";
import { createUpstream } from "../../../src/dict/upstream/upstream.ts";

const open: Server[] = [];
afterEach(() => open.splice(0).forEach((server) => server.close()));

/** A server that does with a connection what it is told, and counts them. */
async function serve(talk: (socket: Socket) => void) {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => asked.push(bytes.toString()));
    talk(socket);
  }).listen(0, "127.0.0.1");
  open.push(server);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  let now = 0;
  const logged: string[] = [];
  const note = (message: string) => void logged.push(message);
  const log = { info: note, warn: note, error: note, progress: () => {} };
  const upstream = createUpstream(tryParseServer(`dict://127.0.0.1:${port}`)!, 5000, log, () => now);
  return { upstream, asked, logged, pass: (ms: number) => void (now += ms) };
}

const answer = (text: string) => (socket: Socket) => void socket.once("data", () => socket.end(text));

const found = [
  "220 ready",
  "250 ok",
  "150 2 definitions retrieved",
  '151 "Apple Pie" one "First"',
  "Apple pie",
  "  ..dotted\u001b[31m",
  "..",
  ".",
  "151 apple two Second",
  "another",
  ".",
  "250 ok",
  "221 bye",
  "",
].join("\r\n");
const missed = "220 ready\r\n250 ok\r\n552 no match\r\n221 bye\r\n";

test.each([
  ["dict://dict.org", { name: "dict.org", host: "dict.org", port: 2628, database: "*" }],
  ["dict://DICT.org:2629/wn", { name: "dict.org/wn", port: 2629, database: "wn" }],
  ["dict://[::1]:1/!", { name: "[::1]", host: "::1", port: 1, database: "!" }],
])("%s is a server", (text, expected) => {
  expect(tryParseServer(text)).toMatchObject(expected);
});

test.each([
  "dict.org",
  "http://x",
  "dict://",
  "dict://h:0",
  "dict://h:70000",
  'dict://h/a"b',
  "dict://h/a b",
])("%s is none", (text) => expect(tryParseServer(text)).toBeUndefined());

test("articles are read, cleaned, and kept; the word is quoted", async () => {
  const { upstream, asked } = await serve(answer(found));
  const articles = await upstream.define('apple "pie"\\');
  expect(articles).toEqual([
    { word: "Apple Pie", text: "Apple pie\n  ..dotted [31m\n." },
    { word: "apple", text: "another" },
  ]);
  expect(await upstream.define('apple "pie"\\')).toEqual(articles);
  expect(asked).toEqual(['CLIENT palaver\r\nDEFINE * "apple \\"pie\\"\\\\"\r\nQUIT\r\n']);
});

test("one question is enough for many who ask the same, and a miss is kept for ten minutes", async () => {
  const { upstream, asked, pass } = await serve(answer(missed));
  await Promise.all(Array.from({ length: 20 }, () => upstream.define("nothing")));
  expect(await upstream.define("nothing")).toEqual([]);
  expect(asked).toHaveLength(1);
  pass(600_001);
  expect(await upstream.define("nothing")).toEqual([]);
  expect(asked).toHaveLength(2);
});

test.each<[string, (socket: Socket) => void, RegExp]>([
  ["another protocol", (socket) => socket.end("SSH-2.0-x\r\n"), /it said "SSH-2\.0-x"/],
  ["a refusal", (socket) => socket.end("530 Access denied\r\n"), /it said "530 Access denied"/],
  ["nothing at all", (socket) => socket.end(), /it said ""/],
  ["an answer that breaks off", (socket) => socket.end(found.slice(0, 90)), /ends early|it said/],
  [
    "an endless answer",
    (socket) => void socket.write(`220 ok\r\n${"x".repeat(1_000_000)}`),
    /more than 524288 bytes/,
  ],
])("a server with %s is left alone for half a minute, and said once", async (_name, talk, reason) => {
  const { upstream, asked, logged, pass } = await serve(talk);
  expect(await upstream.define("apple")).toBeUndefined();
  expect(await upstream.define("pear")).toBeUndefined();
  expect(asked.length).toBeLessThanOrEqual(1);
  expect(logged).toHaveLength(1);
  expect(logged[0]).toMatch(reason);
  pass(30_001);
  await upstream.define("pear");
  expect(logged).toHaveLength(2);
});

test("a server that never answers costs its time limit, once", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  open.push(silent);
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  const logged: string[] = [];
  const note = (message: string) => void logged.push(message);
  const log = { info: note, warn: note, error: note, progress: () => {} };
  const upstream = createUpstream(tryParseServer(`dict://127.0.0.1:${port}`)!, 50, log, () => 0);
  expect(await Promise.all([upstream.define("a"), upstream.define("b")])).toEqual([undefined, undefined]);
  expect(logged).toHaveLength(1);
  expect(logged[0]).toContain("no answer within 50 ms");
});

test("words that no dictionary has are not sent", async () => {
  const { upstream, asked } = await serve(answer(missed));
  expect(await upstream.define("x".repeat(129))).toEqual([]);
  expect(await upstream.define("")).toEqual([]);
  expect(asked).toEqual([]);
});
