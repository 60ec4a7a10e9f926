import { expect, test } from "vitest";
import { parseArguments } from "../../src/arguments/parse-arguments.ts";
import { UsageError } from "../../src/exit.ts";

const address = { host: "127.0.0.1", port: 6666 };
const hub = { address, timeoutMs: 5000 };

function parse(line: string) {
  return parseArguments(line.split(" ").filter(Boolean), { writeOut: () => {}, writeErr: () => {} });
}

function refusal(line: string): string {
  let told = "";
  const streams = { writeOut: () => {}, writeErr: (text: string) => void (told += text) };
  expect(() => parseArguments(line.split(" "), streams)).toThrow(UsageError);
  return told;
}

test("without a word, or with a host alone, it is chat", () => {
  const chat = { command: "chat", hub, room: "lobby", linear: false };
  expect(parse("")).toEqual(chat);
  expect(parse("127.0.0.1:6666")).toEqual(chat);
  expect(parse("chat hub.example:7000 --nick ada --room dev --linear --identity k")).toEqual({
    command: "chat",
    hub: { address: { host: "hub.example", port: 7000 }, timeoutMs: 5000, nick: "ada", identityFile: "k" },
    room: "dev",
    linear: true,
  });
  expect(parse("--nick ada [::1]:6666")).toMatchObject({
    hub: { address: { host: "::1", port: 6666 }, nick: "ada" },
  });
});

test.each([
  ["send h hello there", { command: "send", text: "hello there", room: "lobby", json: false }],
  ["send h --room #Dev --json", { command: "send", room: "dev", json: true }],
  ["send h -- -1 degrees", { command: "send", text: "-1 degrees" }],
  ["tail", { command: "tail", hub }],
  ["tail h --since 0", { command: "tail", since: 0 }],
  ["tail h --count 3", { command: "tail", count: 3 }],
  ["put h a b --room ＤＥＶ", { command: "put", files: ["a", "b"], room: "dev", json: false }],
  ["get h 17 -o x --force", { command: "get", files: ["17"], output: "x", force: true }],
  ["rm h 17 photo.png --json", { command: "rm", files: ["17", "photo.png"], json: true }],
  ["ls h", { command: "ls", json: false }],
  ["tr h apple pear", { command: "tr", words: ["apple", "pear"] }],
  ["tr h", { command: "tr", words: [] }],
  ["who h --room dev", { command: "who", room: "dev" }],
  ["rooms h --json", { command: "rooms", json: true }],
  ["ping h --timeout 500ms", { command: "ping", hub: { timeoutMs: 500 } }],
  ["id --identity k", { command: "id", identityFile: "k" }],
])("%s", (line, expected) => {
  expect(parse(line)).toMatchObject(expected);
});

test("run takes options on both sides of the host, and passes on whatever follows the name", () => {
  const run = { command: "run", name: "disk", argv: ["-h", "--json", "--", "/tmp"], stdin: false };
  expect(parse("run h disk -h --json -- /tmp")).toMatchObject({ ...run, json: false });
  expect(parse("run h --json --timeout 1 disk -h --json -- /tmp")).toMatchObject({
    ...run,
    json: true,
    hub: { timeoutMs: 1000 },
  });
  expect(parse("run --timeout 1s --json h disk -h --json -- /tmp")).toMatchObject({
    ...run,
    json: true,
    hub: { timeoutMs: 1000 },
  });
});

test.each([
  ["send", "missing required argument 'host'"],
  ["run h", "missing required argument 'name'"],
  ["run h --nonsense x", "unknown option '--nonsense'"],
  ["tail h --since x", "a message number is 0 or more"],
  ["ping h --timeout soon", '"soon" is not a time'],
  ["ping h:99999", "port 99999 is not between 1 and 65535"],
  ["ping h:0", "port 0"],
  ["ping a:b:c:d", '"a:b:c:d" is not HOST[:PORT]'],
  ["ping a:b", '"a:b" is not HOST[:PORT]'],
  ["ping h extra", "too many arguments"],
  ["h extra", "unknown command 'h', and a chat takes one HOST"],
  ["pinng h", "unknown command 'pinng'\n(Did you mean ping?)"],
  ["--nonsense", "unknown option"],
])("%s is wrong usage, and says why", (line, reason) => {
  expect(refusal(line)).toMatch(/^palaver: /);
  expect(refusal(line)).toContain(reason);
});

test.each(["--help", "send --help", "run --help", "--version", "help tail"])(
  "%s prints and does nothing",
  (line) => {
    let told = "";
    const streams = { writeOut: (text: string) => void (told += text), writeErr: () => {} };
    expect(parseArguments(line.split(" "), streams)).toEqual({ command: "none" });
    expect(told).not.toBe("");
  },
);
