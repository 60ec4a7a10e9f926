import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { smallDictionary, startHub } from "./hub-process.ts";
import { type Exit, palaverd, runCommand, startProgram } from "./program.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { openUdpPeer } from "./text-peer.ts";

/** Nothing on standard output, one line for the reader on standard error, no stack. */
function expectRefusal({ code, stdout, stderr }: Exit, wantedCode: number, words: RegExp): void {
  expect({ code, stdout, stderr }).toEqual({
    code: wantedCode,
    stdout: "",
    stderr: expect.stringMatching(/^[^\n]+\n$/),
  });
  expect(stderr).toMatch(words);
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
}

/** What is wrong, the file, the line, and what the refusal must name. */
const broken: readonly (readonly [name: string, toml: string, line: number, words: RegExp])[] = [
  ["no TOML", "[text]\nencoding = = 1\n", 2, /correct this line/],
  ["a key twice", "data = 'a'\ndata = 'b'\n", 2, /data: is there twice/],
  ["an unknown key", "\nlisen = []\n", 2, /lisen.*did you mean listen/],
  ["an unknown key in a table", "[text]\ntrust = []\nencodig = 'x'\n", 3, /encodig.*did you mean encoding/],
  ["a value of another kind", '[limits]\npeers = "many"\n', 2, /limits\.peers.*number/],
  ["a number out of range", "[limits]\nrooms = 0\n", 2, /limits\.rooms.*at least 1/],
  ["a word that is none of those known", '[text]\nencoding = "latin1"\n', 2, /encoding.*gb18030/],
  ["no address", 'listen = ["127.0.0.1:6666"]\n', 1, /listen/],
  [
    "a port that is none",
    'listen = [\n  "udp://127.0.0.1:6666",\n  "udp://127.0.0.1:66666",\n]\n',
    3,
    /listen/,
  ],
  ["another protocol", 'listen = ["http://127.0.0.1:80"]\n', 1, /listen/],
  ["a mount that is no plugin", 'listen = ["udp://127.0.0.1:0=nosuch"]\n', 1, /nosuch/],
  ["no network", '[text]\ntrust = ["10.0.0.0/33"]\n', 2, /trust.*network/],
  ["no public key", '[[users]]\nkey = "abc"\nnick = "ada"\n', 2, /key/],
  ["a user without a nickname", `[[users]]\nkey = "${"A".repeat(43)}"\n`, 1, /nick/],
  ["a plugin that is not there", "[plugins.nosuch]\n", 1, /nosuch/],
  ["a plugin's unknown key", "[plugins.dict]\nfile = []\n", 2, /file.*did you mean files/],
  ["a plugin's wrong value", "[plugins.dict]\nfiles = ['a.txt', 7]\n", 2, /files/],
  [
    "a program that is not absolute",
    '[plugins.exec.commands.disk]\nsummary = "x"\nargv = ["df"]\n',
    3,
    /argv.*absolute/,
  ],
  [
    "an argument that is not declared",
    '[plugins.exec.commands.disk]\nsummary = "x"\nargv = ["/bin/df", "{path}"]\n',
    3,
    /\{path\}.*args\.path/,
  ],
  [
    "an argument that is not used",
    '[plugins.exec.commands.disk]\nsummary = "x"\nargv = ["/bin/df"]\nargs.path = { type = "enum", values = ["/"] }\n',
    4,
    /args\.path/,
  ],
  [
    "an argument of no known type",
    '[plugins.exec.commands.disk]\nsummary = "x"\nargv = ["/bin/df", "{path}"]\nargs.path = { type = "any" }\n',
    4,
    /type/,
  ],
  [
    "no duration",
    '[plugins.exec.commands.disk]\nsummary = "x"\nargv = ["/bin/df"]\ntimeout = "soon"\n',
    4,
    /timeout.*5s/,
  ],
];

test.concurrent.for(broken)(
  "a configuration with %s is refused in one line, with 3",
  async ([, toml, line, words]) => {
    using folder = createTemporaryFolder();
    const file = folder.write("palaver.toml", toml);
    // Where the file says nothing wrong of listeners, none of the machine's usual port.
    const listen = toml.includes("listen") ? [] : ["--listen", "udp://127.0.0.1:0"];
    const data = ["--data", join(folder.path, "data")];
    const exit = await runCommand(palaverd, ["--config", file, ...data, ...listen]);
    expectRefusal(exit, 3, words);
    expect(exit.stderr).toContain(`${file}:${line}`);
  },
);

test("check refuses the same and starts nothing", async () => {
  using folder = createTemporaryFolder();
  const good = folder.write("good.toml", smallDictionary);
  const bad = folder.write("bad.toml", "[plugins.dict]\nfile = []\n");
  const data = join(folder.path, "data");
  const holds = await runCommand(palaverd, ["--config", good, "--data", data, "check"]);
  expect({ code: holds.code, stderr: holds.stderr }).toEqual({ code: 0, stderr: "" });
  expectRefusal(
    await runCommand(palaverd, ["check", "--config", bad, "--data", data]),
    3,
    /bad\.toml:2.*files/,
  );
  expect(existsSync(data)).toBe(false);
});

test("a configuration that is not there, or a folder, is refused with 3", async () => {
  using folder = createTemporaryFolder();
  const missing = join(folder.path, "missing.toml");
  expectRefusal(await runCommand(palaverd, ["--config", missing]), 3, /missing\.toml/);
  expectRefusal(await runCommand(palaverd, ["--config", folder.path]), 3, /palaver-e2e/);
});

test("a data directory that cannot be used is refused with 3", async () => {
  using folder = createTemporaryFolder();
  const file = folder.write("file", "");
  const args = ["--data", join(file, "data"), "--listen", "udp://127.0.0.1:0"];
  expectRefusal(await runCommand(palaverd, args), 3, /--data/);
  // Node's own way to make folders never ends there.
  for (const command of [["users"], ["grant", "ada", "operator"]])
    expectRefusal(await runCommand(palaverd, [...command, "--data", "/proc/nowhere"]), 3, /--data/);
});

test.each([
  [
    "hub.db that is none",
    "hub.db",
    "no database",
    /hub\.db cannot be used: file is not a database; restore it from/,
  ],
  ["hub.key that is none", "hub.key", "no key", /: data: \S+hub\.key holds no key; restore it[^;]+$/],
  [
    "hub.key that is a folder",
    "hub.key/x",
    "",
    /hub\.key cannot be used: EISDIR.*; restore it from a backup/,
  ],
])("a %s is named, with what helps", async (_what, file, text, line) => {
  using folder = createTemporaryFolder();
  folder.write(`data/${file}`, text);
  const config = folder.write("palaver.toml", 'data = "data"\nlisten = ["udp://127.0.0.1:0"]\n');
  expectRefusal(await runCommand(palaverd, ["--config", config]), 3, line);
});

test("a hub.db of a newer version says so, and nothing of the disk", async () => {
  using folder = createTemporaryFolder();
  folder.write("data/x", "");
  const database = new DatabaseSync(join(folder.path, "data/hub.db"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  const args = ["--data", join(folder.path, "data"), "--listen", "udp://127.0.0.1:0"];
  expectRefusal(
    await runCommand(palaverd, args),
    3,
    /hub\.db has version 99[^;]+; run the newer palaver, or restore a backup\n$/,
  );
});

test.concurrent.for([
  [["--nosuch"], /--nosuch/],
  [["--lisen", "udp://127.0.0.1:0"], /--listen/],
  [["--listen"], /--listen/],
  [["--listen", "127.0.0.1"], /--listen/],
  [["--listen", "udp://127.0.0.1:7000", "--listen", "udp://127.0.0.1:7000"], /twice/],
  [["--log-level", "loud"], /--log-level.*loud.*info/],
  [["--log-format", "xml"], /--log-format/],
  [["--data", ""], /--data/],
  [["sart"], /sart.*start/],
  [["stop", "now"], /now/],
  [["dict"], /dict build/],
  [["\u001b[31m\n"], /./],
] as const)("usage %j is refused in one line, with 2", async ([args, words]) => {
  const exit = await runCommand(palaverd, args);
  expectRefusal(exit, 2, words);
  // oxlint-disable-next-line no-control-regex
  expect(exit.stderr).not.toMatch(/\u001b/);
});

test("help and version go to standard output, with 0", async () => {
  const help = await runCommand(palaverd, ["--help"]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  for (const option of ["--config", "--data", "--listen", "--log-level", "--log-format", "check", "reload"]) {
    expect(help.stdout).toContain(option);
  }
  expect(await runCommand(palaverd, ["--version"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test("a port that is taken is refused in one line, with 4, whichever transport", async () => {
  using folder = createTemporaryFolder();
  const config = folder.write("palaver.toml", smallDictionary);
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const tcp = server.address();
  for (const url of [
    `udp://127.0.0.1:${socket.address().port}`,
    `tcp://127.0.0.1:${typeof tcp === "object" ? tcp?.port : 0}`,
    "udp://192.0.2.1:7000",
    "udp://no-such-host.invalid:7000",
  ]) {
    const args = ["--config", config, "--data", join(folder.path, "data"), "--listen", "udp://127.0.0.1:0"];
    const exit = await runCommand(palaverd, [...args, "--listen", url]);
    expectRefusal(exit, 4, new RegExp(url.replaceAll(".", "\\.")));
  }
  socket.close();
  server.close();
});

test("standard output holds the listeners and ready, and nothing else, whatever happens", async () => {
  await using hub = await startHub({
    listen: ["udp://127.0.0.1:0", "tcp://127.0.0.1:0", "udp://127.0.0.1:0=dict"],
    args: ["--log-level", "trace"],
  });
  await using peer = await openUdpPeer(hub.port("udp"));
  await peer.ask("run nosuch");
  await peer.ask("online");
  hub.process.signal("SIGHUP");
  await hub.process.complains("configuration reloaded");
  hub.process.signal("SIGTERM");
  const { code, stdout, stderr } = await hub.process.exited;
  expect(code).toBe(0);
  expect(stdout).toBe(
    `palaverd listening udp://127.0.0.1:${hub.port("udp")}\n` +
      `palaverd listening tcp://127.0.0.1:${hub.port("tcp")}\n` +
      `palaverd listening udp://127.0.0.1:${hub.port("udp", "dict")} dict\n` +
      "palaverd ready\n",
  );
  for (const line of stderr.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("level");
});

test("without --data the data lies below XDG_STATE_HOME, for its owner alone", async () => {
  using folder = createTemporaryFolder();
  const config = folder.write("palaver.toml", smallDictionary);
  const args = [palaverd, "--config", config, "--listen", "udp://127.0.0.1:0"];
  await using hub = startProgram(process.execPath, args, { env: { XDG_STATE_HOME: folder.path } });
  await hub.prints("palaverd ready\n");
  expect(statSync(join(folder.path, "palaver")).mode & 0o777).toBe(0o700);
});

test("the start script prints nothing of its own on standard output", async () => {
  const script = join(import.meta.dirname, "../../scripts/run.mjs");
  const exit = await runCommand(script, ["palaverd", "--version"]);
  expect(exit).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test("--log-dir holds all of it in one file and the errors in another; --log-format changes standard error", async () => {
  using folder = createTemporaryFolder();
  const log = join(folder.path, "log");
  await using hub = await startHub({ folder, args: ["--log-dir", log, "--log-format", "pretty"] });
  folder.write("palaver.toml", "nonsense");
  hub.process.signal("SIGHUP");
  await hub.process.complains("not reloaded");
  hub.process.signal("SIGTERM");
  const { stderr } = await hub.process.exited;
  expect(() => JSON.parse(stderr.split("\n")[0] ?? "")).toThrow();
  expect(readdirSync(log).toSorted()).toEqual(["palaver.error.log", "palaver.log"]);
  const linesOf = (name: string) =>
    readLines(join(log, name)).map((line) => JSON.parse(line) as { level: string });
  expect(linesOf("palaver.error.log").map(({ level }) => level)).toEqual(["error"]);
  expect(linesOf("palaver.log").length).toBeGreaterThan(3);
});

function readLines(file: string): string[] {
  return readFileSync(file, "utf8").trimEnd().split("\n");
}
