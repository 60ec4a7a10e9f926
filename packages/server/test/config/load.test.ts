import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError, type Config } from "../../src/config/config.ts";
import { parseListenAddress } from "../../src/config/listen-address.ts";
import { loadConfig, type ConfigOptions } from "../../src/config/load.ts";

let directory: string;
beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), "palaver-config-"))));
afterAll(() => rm(directory, { recursive: true }));

async function load(source: string | Uint8Array, options: ConfigOptions = {}): Promise<Config> {
  const config = join(directory, "palaver.toml");
  await writeFile(config, source);
  return loadConfig({ config, ...options }, { cwd: "/somewhere", env: {}, isTerminal: false });
}

async function refusal(source: string | Uint8Array, options: ConfigOptions = {}): Promise<string> {
  const error: unknown = await load(source, options).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ConfigError);
  const { message } = error as ConfigError;
  expect(message).not.toMatch(/[\n\r]/);
  return message.replace(join(directory, "palaver.toml"), "palaver.toml");
}

const key = (letter: string) => `key = "${letter.repeat(43)}"`;

describe("a configuration", () => {
  it("has a default for everything", async () => {
    const around = { cwd: "/somewhere", env: { XDG_STATE_HOME: "relative" }, isTerminal: true };
    const { plugins, listen, locate, ...rest } = await loadConfig({}, around);
    expect(rest).toEqual({
      file: undefined,
      directory: "/somewhere",
      dataDir: join(homedir(), ".local/state/palaver"),
      io: "auto",
      workers: 1,
      text: {
        trust: ["127.0.0.0/8", "::1/128"],
        encoding: "utf-8",
        repliesPerSecond: 5,
        burst: 20,
        bytesPerSecond: 65_536,
      },
      limits: { peers: 10_000, rooms: 1000, connections: 1000, handshakesPerSecond: 20, memory: "auto" },
      users: [],
      log: { level: "info", format: "pretty", directory: undefined },
    });
    expect(listen.map(({ url }) => url)).toEqual(["udp://0.0.0.0:6666", "tcp://0.0.0.0:6666"]);
    expect([...plugins.values()]).toEqual(
      ["echo", "dict", "exec", "chat", "files"].map((name) => ({
        name,
        from: `@palaver/plugins/${name}`,
        grant: "all",
        isolate: undefined,
        memoryMib: 128,
        settings: {},
      })),
    );
    expect(locate(["plugins", "dict", "files", 0])).toEqual({ key: "plugins.dict.files[0]" });
  });

  it("takes paths relative to the file, and options relative to the working directory", async () => {
    const source = 'data = "state"\n[log]\ndir = "../logs"';
    const config = await load(source);
    expect(config).toMatchObject({ directory, dataDir: join(directory, "state") });
    expect(config.log.directory).toBe(join(directory, "../logs"));
    const overridden = await load(source, { data: "d", logDir: "l" });
    expect(overridden).toMatchObject({ dataDir: "/somewhere/d", log: { directory: "/somewhere/l" } });
    const { dataDir } = await loadConfig(
      {},
      { cwd: "/", env: { XDG_STATE_HOME: "/state" }, isTerminal: false },
    );
    expect(dataDir).toBe("/state/palaver");
  });

  it("lets options go before the file", async () => {
    const listen = [parseListenAddress("udp://127.0.0.1:0=dict")];
    const config = await load('listen = ["udp://0.0.0.0:1"]\n[log]\nlevel = "warn"\nformat = "pretty"', {
      listen,
      logLevel: "debug",
      logFormat: "json",
    });
    expect(config.listen).toEqual(listen);
    expect(config.log).toMatchObject({ level: "debug", format: "json" });
  });

  it("hands a plugin its own settings and keeps the hub's", async () => {
    const { plugins } = await load(
      '[plugins.remind]\nfrom = "./remind.ts"\ngrant = ["storage"]\nisolate = "worker"\nmax = 5\n[plugins.exec]\nenabled = false\n' +
        '[plugins.dict]\nfiles = ["a"]\n[plugins.other]\nfrom = "palaver-plugin-other"',
    );
    expect([...plugins.keys()]).toEqual(["echo", "dict", "chat", "files", "remind", "other"]);
    expect(plugins.get("dict")?.settings).toEqual({ files: ["a"] });
    expect(plugins.get("remind")).toEqual({
      name: "remind",
      from: "./remind.ts",
      grant: ["storage"],
      isolate: "worker",
      memoryMib: 128,
      settings: { max: 5 },
    });
    expect(plugins.get("other")?.grant).toEqual([]);
  });

  it("grants nothing to a stranger's module under one of our names", async () => {
    const { plugins } = await load('[plugins.dict]\nfrom = "./dict.ts"');
    expect(plugins.get("dict")?.grant).toEqual([]);
  });

  it("keeps networks and keys in one spelling", async () => {
    const source = `[text]\ntrust = ["10.0.0.1", "fd00::/08"]\n[[users]]\nnick = "小明"\nkey = "${"+/".repeat(21)}A="`;
    const config = await load(source);
    expect(config.text.trust).toEqual(["10.0.0.1/32", "fd00::/8"]);
    expect(config.users).toEqual([{ nick: "小明", key: `${"-_".repeat(21)}A`, roles: [] }]);
  });

  it("tells where a plugin's setting stands", async () => {
    const { locate, file } = await load('\n[plugins.dict]\nfiles = [\n  "a",\n  "b" ]\n');
    expect(locate(["plugins", "dict", "files", 1])).toEqual({ file, line: 5, key: "plugins.dict.files[1]" });
    expect(locate(["plugins", "dict", "my key"])).toEqual({ file, line: 2, key: 'plugins.dict."my key"' });
  });
});

describe("a refusal names line, key, reason and remedy:", () => {
  it.each([
    [
      "a network that is none",
      '[text]\ntrust = [\n  "127.0.0.0/8",\n  "10.0.0.0/40",\n]',
      'palaver.toml:4: text.trust[1]: "10.0.0.0/40" is no network; write it like 10.0.0.0/8 or fd00::/8',
    ],
    [
      "a misspelt key",
      "[text]\ntrst = []",
      "palaver.toml:2: text.trst: unknown setting; did you mean trust?",
    ],
    [
      "an unknown key",
      "foo = 1",
      "palaver.toml:1: foo: unknown setting; known here: data, listen, io, workers, metrics, text, limits, log, plugins, users",
    ],
    ["a wrong type", "data = 5", "palaver.toml:1: data: 5 is not text; write it in quotes"],
    [
      "a list that is none",
      'listen = "x"',
      'palaver.toml:1: listen: "x" is not a list; write it in brackets: [ … ]',
    ],
    [
      "text for a number",
      '[text]\nburst = "5"',
      'text.burst: "5" is not a number; write one like 20, without quotes',
    ],
    ["part of a number", "[text]\nburst = 1.5", "text.burst: 1.5 is not a whole number; write one like 20"],
    [
      "memory that is none",
      '[limits]\nmemory = "64MiB"',
      'palaver.toml:2: limits.memory: "64MiB" is no such size; write auto, off, or 192MiB and more',
    ],
    ["too small", "[limits]\npeers = 0", "palaver.toml:2: limits.peers: 0 is too small; write at least 1"],
    ["too large", "[limits]\nrooms = 1000001", "limits.rooms: 1000001 is too large; write at most 1000000"],
    [
      "another word",
      '[log]\nlevel = "loud"',
      'log.level: "loud" is not known here; write "trace" or "debug" or',
    ],
    ["an empty path", 'data = ""', "data: is empty; write something"],
    ["no listener", "listen = []", "listen: holds too few values; write at least 1"],
    [
      "a bad port",
      'listen = ["udp://127.0.0.1:99999"]',
      'listen[0]: "udp://127.0.0.1:99999" has no valid port; write',
    ],
    [
      "a listener twice",
      'listen = ["udp://0.0.0.0:1",\n"udp://0.0.0.0:1=dict"]',
      "palaver.toml:2: listen[1]: udp://0.0.0.0:1 is there twice; remove one",
    ],
    [
      "a protocol that nobody speaks",
      'listen = ["http://0.0.0.0:80"]',
      "listen[0]: http://0.0.0.0:80 has no known transport; write udp:// or tcp://, or the name of a plugin",
    ],
    [
      "a mount on nothing",
      'listen = ["udp://0.0.0.0:1=dit"]',
      'listen[0]: udp://0.0.0.0:1 is mounted on "dit", which is no plugin here; did you mean dict?',
    ],
    [
      "a mount on a plugin that is left out",
      'listen = ["udp://0.0.0.0:1=dict"]\n[plugins.dict]\nenabled = false',
      'is mounted on "dict", which is no plugin here; known here: echo, exec, chat',
    ],
    [
      "an unknown plugin",
      "\n[plugins.remind]\nx = 1",
      "palaver.toml:2: plugins.remind: unknown plugin; these ship: echo, dict, exec, chat, files; for one of your own give",
    ],
    [
      "a bad name of a plugin",
      "[plugins.Bad]",
      'plugins.Bad: "Bad" is no plugin\'s name; write small letters',
    ],
    [
      "a plugin that is no table",
      "[plugins]\ndict = 5",
      "palaver.toml:2: plugins.dict: 5 is not a table; write its",
    ],
    [
      "an address of HTTP without a port",
      'metrics = "127.0.0.1"',
      'palaver.toml:1: metrics: "127.0.0.1" is no HOST:PORT; write it like 127.0.0.1:9666 or [::1]:9666',
    ],
    ["an address of HTTP with a path", 'metrics = "http://a:1/x"', 'metrics: "http://a:1/x" is no HOST:PORT'],
    [
      "a capability",
      '[plugins.dict]\ngrant = ["fles"]',
      'plugins.dict.grant[0]: "fles" is not known here; write',
    ],
    [
      "a key that is missing",
      '[[users]]\nnick = "a"',
      'palaver.toml:1: users[0].key: is missing; add key = "…"',
    ],
    [
      "a key that is none",
      '[[users]]\nnick = "a"\nkey = "abc"',
      'users[0].key: "abc" is no public key; write what',
    ],
    [
      "a nickname twice",
      `[[users]]\nnick = "a"\n${key("A")}\n[[users]]\nnick = "A"\n${key("B")}`,
      'palaver.toml:5: users[1].nick: "A" is also the nick of users[0]; give each user one of its own',
    ],
    ["a date", "text = 1979-05-27", "palaver.toml:1: text: no setting is a date"],
    [
      "a key that objects cannot hold",
      "[plugins.__proto__]\nx = 1",
      "plugins.__proto__: is no name for a setting",
    ],
    ["no TOML", "\na = ", "palaver.toml:2: column 5: invalid value; correct this line (see https://toml.io)"],
    ["a key twice", "data = 'a'\ndata = 'b'", "palaver.toml:2: data: is there twice; remove one of the two"],
    [
      "control characters",
      '[text]\ntrust = ["\\u001b[31m\\n"]',
      String.raw`text.trust[0]: "\u001b[31m\n" is no network`,
    ],
    ["long text", `[text]\ntrust = ["${"x".repeat(5000)}"]`, `"${"x".repeat(60)}…" is no network`],
  ])("%s", async (_, source, message) => {
    expect(await refusal(source)).toContain(message);
  });

  it("bytes that are not UTF-8", async () => {
    const latin1 = Buffer.from('# ok\ndata = "caf\xe9"', "latin1");
    expect(await refusal(latin1)).toBe("palaver.toml:2: is not UTF-8; save the file as UTF-8");
  });

  it("a file that is too large", async () => {
    expect(await refusal("#".repeat(1024 * 1024 + 1))).toBe(
      "palaver.toml: is larger than 1 MiB; is it the right file?",
    );
  });

  it("a file that is not there, or is a directory", async () => {
    const around = { cwd: directory, env: {}, isTerminal: false };
    const missing = loadConfig({ config: "/no/such.toml" }, around);
    await expect(missing).rejects.toThrow("/no/such.toml: there is no such file; see --config");
    await expect(loadConfig({ config: directory }, around)).rejects.toThrow(
      `${directory}: is a directory; name`,
    );
  });

  it("an option rather than the file, when it was given by one", async () => {
    const listen = [parseListenAddress("udp://127.0.0.1:0=nosuch")];
    expect(await refusal("", { listen })).toMatch(/^--listen: udp:\/\/127\.0\.0\.1:0 is mounted on "nosuch"/);
  });
});
