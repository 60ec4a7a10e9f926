import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findFreePort } from "./free-port.ts";
import { type HubProcess, smallDictionary, startHub } from "./hub-process.ts";
import { palaver, runCommand, startProgram } from "./program.ts";
import { createTemporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";
import { openUdpPeer } from "./text-peer.ts";
import { until } from "./until.ts";

const commands = `
[plugins.exec.commands.both]
summary = "Write to both streams and fail"
argv = ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]

[plugins.exec.commands.print]
summary = "Print a word"
argv = ["/usr/bin/printf", "%s", "{word}"]
args.word = { type = "pattern", pattern = ".*" }

[plugins.exec.commands.count]
summary = "More than a pipe holds"
argv = ["/usr/bin/seq", "1", "20000"]

[plugins.exec.commands.guarded]
summary = "For operators"
argv = ["/usr/bin/printf", "guarded"]
roles = ["operator"]
`;

let hub: HubProcess;
let address: string;
let home: TemporaryFolder;
let env: { readonly XDG_CONFIG_HOME: string };
beforeAll(async () => {
  home = createTemporaryFolder();
  env = { XDG_CONFIG_HOME: home.path };
  const { stdout } = await run(["id"]);
  hub = await startHub({
    config: `${smallDictionary}${commands}\n[[users]]\nkey = "${stdout.trim()}"\nnick = "op"\nroles = ["operator"]\n`,
  });
  address = `127.0.0.1:${hub.port("udp")}`;
  // Meets the hub, so that what follows is not told of its key any more.
  await run(["ping", address]);
});
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]();
  home?.[Symbol.dispose]();
});

/** As the operator. */
const run = (args: readonly string[], input = "") => runCommand(palaver, args, { env, input });

/** As somebody whom the hub does not know. */
async function runAsStranger(args: readonly string[], input = "") {
  using folder = createTemporaryFolder();
  return await runCommand(palaver, args, { env: { XDG_CONFIG_HOME: folder.path }, input });
}

test("send says more lines than the hub takes at once, in their order", async () => {
  const lines = Array.from({ length: 1500 }, (_, index) => `line ${index + 1}`);
  const { code, stdout, stderr } = await run(["send", address, "--room", "long", "--json"], lines.join("\n"));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const stored = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { seq: number; text: string });
  expect(stored.map(({ text }) => text)).toEqual(lines);
  expect(stored.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
});

test("send says its words; everybody in the room hears them", async () => {
  await using textbook = await openUdpPeer(hub.port("udp"));
  await textbook.ask("online");
  expect(await run(["send", address, "hello", "there"])).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(await textbook.sees("hello there")).toBe("op: hello there\n");
});

test("send says each line of its input in order, and ends when all are stored", async () => {
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index} 你好`);
  const sent = await run(["send", address, "--room", "builds", "--json"], `${lines.join("\n")}\n`);
  expect(sent).toMatchObject({ code: 0, stderr: "" });
  expect(parseJsonLines(sent.stdout).map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
  await using tail = startProgram(
    process.execPath,
    [palaver, "tail", address, "--room", "builds", "--since", "0", "--json"],
    { env },
  );
  await tail.prints("line 39");
  const messages = parseJsonLines(tail.stdout);
  expect(messages.map(({ text }) => text)).toEqual(lines);
  for (const message of messages) {
    expect(message).toMatchObject({ room: "builds", from: "op", seq: expect.any(Number) });
    expect(new Date(String(message["at"])).toISOString()).toBe(message["at"]);
  }
});

test("tail prints what arrives, goes on after a number, and ends well when its reader goes away", async () => {
  await using tail = startProgram(process.execPath, [palaver, "tail", address, "--room", "news"], { env });
  await run(["send", address, "--room", "news", "first"]);
  await run(["send", address, "--room", "news", "second"]);
  await tail.prints(/op: first\n[^]*op: second\n/);
  tail.closeOutput();
  await run(["send", address, "--room", "news", "third"]);
  expect((await tail.exited).code).toBe(0);

  await using later = startProgram(
    process.execPath,
    [palaver, "tail", address, "--room", "news", "--since", "1"],
    { env },
  );
  await later.prints("third");
  expect(later.stdout).not.toContain("first");
  later.signal("SIGTERM");
  expect(await later.exited).toMatchObject({ code: 143, stderr: "" });
});

test("two signals in a row, as timeout sends them, are one: nobody is left in the room", async () => {
  const gapsMs = [0, 1, 2, 3, 5, 10];
  await Promise.all(
    gapsMs.map(async (gapMs) => {
      const args = [palaver, "tail", address, "--room", "left", "--nick", `gap-${gapMs}`, "--json"];
      using folder = createTemporaryFolder();
      await using tail = startProgram(process.execPath, args, { env: { XDG_CONFIG_HOME: folder.path } });
      await until("it is there", async () =>
        (await run(["who", address, "--room", "left"])).stdout.includes(`gap-${gapMs}`),
      );
      tail.signal("SIGTERM");
      await wait(gapMs);
      tail.signal("SIGTERM");
      expect((await tail.exited).code).toBe(143);
    }),
  );
  expect((await run(["who", address, "--room", "left"])).stdout).toBe("");
});

test("whose reader is content with one line ends quietly with 0, and has done all of its work", async () => {
  const script = `set -o pipefail
    one() { "$NODE" "$PALAVER" "$@" | head -n 1; echo "$1 $?"; }
    seq 1 300 | one send "$HUB" --room cut --json
    one tail "$HUB" --room cut --since 0
    one put "$HUB" a b c
    one ls "$HUB"
    one rm "$HUB" a b c
    one rooms "$HUB"
    yes apple | head -n 5000 | one tr "$HUB"
    one run "$HUB" count`;
  using folder = createTemporaryFolder();
  for (const name of ["a", "b", "c"]) writeFileSync(join(folder.path, name), name);
  const variables = { ...env, NODE: process.execPath, PALAVER: palaver, HUB: address };
  await using shell = startProgram("/bin/bash", ["--norc", "-c", script], {
    env: variables,
    cwd: folder.path,
  });
  const { stdout, stderr } = await shell.exited;
  expect(stderr).toBe("");
  const told = stdout.split("\n").filter((line) => /^(send|tail|put|ls|rm|rooms|tr|run) \d+$/.test(line));
  expect(told).toEqual(["send 0", "tail 0", "put 0", "ls 0", "rm 0", "rooms 0", "tr 0", "run 0"]);
  expect((await run(["ls", address])).stdout).toBe("");
  const last = await run(["tail", address, "--room", "cut", "--since", "299", "--count", "1"]);
  expect(last.stdout).toContain("op: 300");
});

test("run passes output, errors and status on", async () => {
  expect(await run(["run", address, "both"])).toEqual({ code: 3, stdout: "out\n", stderr: "err\n" });
  expect(await run(["run", address, "print", "a b; $(id) 你好"])).toEqual({
    code: 0,
    stdout: "a b; $(id) 你好",
    stderr: "",
  });
  const json = await run(["run", address, "--json", "both"]);
  expect(json.code).toBe(3);
  expect(parseJsonLines(json.stdout).at(-1)).toEqual({ status: 3 });
});

test("run is refused with 1 and a reason: no such command, no role", async () => {
  for (const [args, reason] of [
    [["run", address, "nosuch"], /no such command/],
    [["run", address, "both", "argument"], /Too many arguments/],
  ] as const) {
    const exit = await run(args);
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    expect(exit.stderr).toMatch(reason);
  }
  const stranger = await runAsStranger(["run", address, "guarded"]);
  expect(stranger).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/operator/) });
  expect(await run(["run", address, "guarded"])).toEqual({ code: 0, stdout: "guarded", stderr: "" });
});

test("tr translates words and lines, and tells unknown ones by its status", async () => {
  expect(await run(["tr", address, "apple", "book"])).toEqual({
    code: 0,
    stdout: "apple 苹果\nbook 书\n",
    stderr: "",
  });
  expect(await run(["tr", address], "water\nlook up\n")).toEqual({
    code: 0,
    stdout: "water 水\nlook up 查找\n",
    stderr: "",
  });
  const unknown = await run(["tr", address, "apple", "nosuchword"]);
  expect(unknown).toMatchObject({ code: 1, stdout: expect.stringMatching(/^apple 苹果\nunknown.*\n$/) });
  expect(unknown.stderr).toMatch(/1 of 2 unknown/);
  const json = await run(["tr", address, "--json", "apple"]);
  expect(parseJsonLines(json.stdout)).toEqual([expect.objectContaining({ word: "apple", known: true })]);
});

test("who and rooms list, for people and as JSON; ping measures", async () => {
  await using textbook = await openUdpPeer(hub.port("udp"));
  await textbook.ask("online Zoe");
  await textbook.ask("/join garden");
  expect(await run(["who", address, "--room", "garden"])).toEqual({ code: 0, stdout: "~Zoe\n", stderr: "" });
  const who = await run(["who", address, "--room", "garden", "--json"]);
  expect(parseJsonLines(who.stdout)).toEqual([{ nick: "~Zoe", state: "online" }]);
  expect((await run(["rooms", address])).stdout).toMatch(/^garden 1$/m);
  const rooms = await run(["rooms", address, "--json"]);
  expect(parseJsonLines(rooms.stdout)).toContainEqual({ name: "garden", users: 1 });
  expect(await run(["ping", address])).toEqual({
    code: 0,
    stdout: expect.stringMatching(/\d ms/),
    stderr: "",
  });
  const [ping] = parseJsonLines((await run(["ping", address, "--json"])).stdout);
  expect(ping).toMatchObject({ rttMs: expect.any(Number), loss: expect.any(Number) });
});

test("a hub that is not there is said in one line, with 5, within --timeout", async () => {
  await using nobody = await openUdpPeer(1);
  for (const args of [["ping"], ["send", "hello"], ["tr", "apple"], ["tail"], ["who"]]) {
    const [command = "", ...words] = args;
    const exit = await run([command, `127.0.0.1:${nobody.port}`, "--timeout", "300ms", ...words]);
    expect(exit).toMatchObject({ code: 5, stdout: "", stderr: expect.stringMatching(/^palaver: [^\n]+\n$/) });
  }
});

test.for([
  [["nosuch", "--x"]],
  [["send"]],
  [["send", "127.0.0.1:port"]],
  [["ping", "127.0.0.1:99999"]],
  [["tail", "127.0.0.1", "--since", "x"]],
])("usage %j is refused with 2", async ([args = []]) => {
  const exit = await run(args);
  expect(exit).toMatchObject({ code: 2, stdout: "" });
  expect(exit.stderr).not.toBe("");
});

test("id prints the same key each time, and the key file is the owner's alone", async () => {
  const first = await run(["id"]);
  expect(first).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^[A-Za-z0-9_-]{43}\n$/),
    stderr: "",
  });
  expect((await run(["id"])).stdout).toBe(first.stdout);
});

test("a folder that cannot be made is said in one line, with what to do", async () => {
  // Node's own way to make folders never ends there.
  for (const args of [["id"], ["config"], ["ping", address]]) {
    const nowhere = { XDG_CONFIG_HOME: "/proc/nowhere", XDG_CACHE_HOME: "/proc/nowhere" };
    const { code, stdout, stderr } = await runCommand(palaver, args, { env: nowhere, input: "" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^palaver: the folder \/proc\S* cannot be made: .+; set XDG_CONFIG_HOME .+\n$/);
  }
});

test("a hub with another key at the same address is refused, and both files are the owner's alone", async () => {
  using folder = createTemporaryFolder();
  const options = { env: { XDG_CONFIG_HOME: folder.path } };
  const ping = (port: number) => runCommand(palaver, ["ping", `127.0.0.1:${port}`], options);
  const port = await findFreePort();
  const first = await startHub({ listen: [`udp://127.0.0.1:${port}`] });
  expect(await ping(port)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^[^\n]*SHA256:\S+[^\n]*\n$/),
  });
  expect(await ping(port)).toMatchObject({ code: 0, stderr: "" });
  await first[Symbol.asyncDispose]();
  await using impostor = await startHub({ listen: [`udp://127.0.0.1:${port}`] });
  const refused = await ping(impostor.port("udp"));
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/known_hosts/);
  for (const name of ["identity", "known_hosts"]) {
    expect(statSync(join(folder.path, "palaver", name)).mode & 0o777, name).toBe(0o600);
  }
});

test("chat in a pipe says its lines and prints what it hears", async () => {
  await using chat = startProgram(process.execPath, [palaver, "chat", address, "--room", "pipes"], { env });
  chat.write("from a pipe\n");
  await chat.prints("from a pipe");
  chat.write("/tr apple\n");
  await chat.prints("apple 苹果");
  chat.endInput();
  expect((await chat.exited).code).toBe(0);
});

function parseJsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
