// Debian's `dict` client, dictionaries of Debian's, and Debian's dictd as the server that is asked for the rest.
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { debianDictionaries } from "./debian-dictionaries.ts";
import { findFreePort } from "./free-port.ts";
import { type HubProcess, startHub } from "./hub-process.ts";
import { type Exit, type Program, startProgram } from "./program.ts";
import { openTcpPeer, openUdpPeer, type TextPeer } from "./text-peer.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { findTool } from "./tools.ts";
import { until } from "./until.ts";

const { latin, czech, elements } = debianDictionaries;
const perAddress = 8;
const folder = createTemporaryFolder();
let dictd: Program;
let hub: HubProcess;
let peer: TextPeer;

beforeAll(async () => {
  const upstreamPort = await findFreePort();
  dictd = await startDictd(upstreamPort);
  hub = await startHub({
    listen: ["udp://127.0.0.1:0", "dict://127.0.0.1:0"],
    config: `[plugins.dict]
files = ["./words.txt"]
ecdict = false
cedict = false
dictionaries = ["${latin}", "${czech}"]
servers = ["dict://127.0.0.1:${upstreamPort}/elements"]
[plugins.dict.server]
connections_per_address = ${perAddress}
`,
  });
  peer = await openUdpPeer(hub.port("udp"));
  await until("both dictionaries are there", async () => {
    const { stdout } = await dict("-D");
    return stdout.includes("czech-cizi") && stdout.includes("freedict-lat-eng");
  });
}, 90_000);
afterAll(async () => {
  await peer?.[Symbol.asyncDispose]();
  await hub?.[Symbol.asyncDispose]();
  await dictd?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Debian's server, with one dictionary, on a port of ours. */
async function startDictd(port: number): Promise<Program> {
  const data = elements.replace(".index", ".dict.dz");
  const database = `database elements { data "${data}" index "${elements}" }`;
  const conf = folder.write("dictd.conf", `access { allow * }\n${database}\n`);
  // Started by root, it reads its files as a user of its own.
  chmodSync(folder.path, 0o755);
  const args = ["-d", "nodetach", "-c", conf, "-p", String(port), "--listen-to", "127.0.0.1"];
  const program = startProgram(findTool("dictd"), args);
  const isUp = async () => {
    const socket = connect(port, "127.0.0.1");
    const [event] = await Promise.race([once(socket, "connect"), once(socket, "error")]);
    socket.destroy();
    return event === undefined;
  };
  await until("dictd answers", async () => program.isRunning && (await isUp().catch(() => false)), {
    detail: () => program.stdout + program.stderr,
  });
  return program;
}

async function dict(...args: readonly string[]): Promise<Exit> {
  const port = String(hub.port("dict"));
  await using program = startProgram(findTool("dict"), ["-h", "127.0.0.1", "-p", port, ...args], {
    env: { LANG: "C.UTF-8" },
  });
  return await program.exited;
}

describe("Debian's dict client", () => {
  test("asks for a word in all databases, and in one", async () => {
    const all = await dict("africa");
    expect(all.code).toBe(0);
    expect(all.stdout).toContain("From Latin-English FreeDict Dictionary ver. 0.1.2 [freedict-lat-eng]:");
    expect(all.stdout).toContain("Africa /ˈafrɪka/");
    const one = await dict("-d", "czech-cizi", "a priori");
    expect(one.stdout).toMatch(/^1 definition found\n\nFrom Slovník cizích slov \[czech-cizi\]:\n/);
    expect(one.stdout).toContain("předem, před, pouze z rozumu");
    expect((await dict("-d", "!", "apple")).stdout).toMatch(
      /operator's own words \[files\]:\n\n {2}apple\n {4}苹果/,
    );
  });

  test("lists databases, strategies and what they are", async () => {
    expect((await dict("-D")).stdout).toBe(`Databases available:
 files            The operator's own words
 freedict-lat-eng Latin-English FreeDict Dictionary ver. 0.1.2
 czech-cizi       Slovník cizích slov
 127.0.0.1/elements The DICT server 127.0.0.1/elements
`);
    expect((await dict("-S")).stdout).toMatch(
      /exact .*\n prefix .*\n suffix .*\n substring .*\n soundex .*\n lev /,
    );
    expect((await dict("-i", "freedict-lat-eng")).stdout).toContain("GNU General Public License");
    expect((await dict("-i", "czech-cizi")).stdout).toContain("author: Stardicter");
    expect((await dict("-I")).stdout).toContain("palaver");
  });

  test.for([
    ["exact", "amor", /freedict-lat-eng: {2}amor$/m],
    ["prefix", "afr", /freedict-lat-eng: {2}africa/],
    ["suffix", "icus", /publicus/],
    ["substring", "fric", /africa/],
    ["soundex", "afrika", /africa/],
    ["lev", "afrca", /africa/],
  ] as const)("matches by %s", async ([strategy, word, expected]) => {
    expect((await dict("-m", "-s", strategy, word)).stdout).toMatch(expected);
  });

  test("a word that is not there gets near ones, and a status", async () => {
    const miss = await dict("afrca");
    expect(miss.stderr + miss.stdout).toMatch(
      /No definitions found for "afrca", perhaps you mean:\n.*africa/,
    );
    expect(miss.code).toBe(21);
    const nowhere = await dict("-d", "nowhere", "x");
    expect(nowhere.stderr + nowhere.stdout).toContain("nowhere is not a valid database");
  });

  test("what only another server knows comes from there", async () => {
    const { stdout } = await dict("argon");
    expect(stdout).toMatch(
      /From The DICT server 127\.0\.0\.1\/elements \[127\.0\.0\.1\/elements\]:\n\n {2}argon/i,
    );
  });
});

describe("the main port", () => {
  test("tr finds the words of dictionary files and servers", async () => {
    expect(await peer.ask("tr amor")).toMatch(/^amor \[ˈamɔr\] Cupid/);
    expect(await peer.ask("tr -d czech-cizi apriori")).toMatch(/^a priori předem/);
    expect(await peer.ask("tr argon")).toMatch(/^argon .*Ar/s);
    expect(await peer.ask("tr -t cs amor")).toMatch(/^unknown|^amor/);
  });

  test("tr matches, and looks a sentence up word by word", async () => {
    expect(await peer.ask("tr -s suffix icus")).toMatch(/^\*icus: .*catholicus/s);
    expect(await peer.ask("tr -d freedict-lat-eng amor xyzzyq africa")).toMatch(
      /^unknown: amor xyzzyq africa — word by word:\namor .*\nxyzzyq \?\nafrica /s,
    );
    expect(await peer.ask("wotd")).toMatch(/^\S/);
  });
});

/** A connection that sends lines and gives back what came until a pattern. */
async function open(): Promise<
  { socket: Socket; say(text: string, until: RegExp): Promise<string> } & Disposable
> {
  const socket = connect(hub.port("dict"), "127.0.0.1");
  socket.on("error", () => {});
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => (received += text));
  await once(socket, "connect");
  const say = async (text: string, pattern: RegExp) => {
    socket.write(text);
    await until(String(pattern), () => pattern.test(received), { detail: () => received });
    const said = received;
    received = "";
    return said;
  };
  await say("", /^220 .* <mime> <.*@.*>\r\n$/);
  return { socket, say, [Symbol.dispose]: () => void socket.destroy() };
}

describe("the protocol", () => {
  test("commands sent ahead, also in pieces, are answered in order", async () => {
    using client = await open();
    const lines = ["CLIENT a", "STATUS", 'DEFINE ! "look up"', "status", "QUIT", "DEFINE * late", ""].join(
      "\r\n",
    );
    for (const byte of lines.slice(0, 30)) client.socket.write(byte);
    const said = await client.say(lines.slice(30), /221 .*\r\n$/);
    expect(said.split("\r\n")).toEqual([
      "250 ok",
      "210 2 commands on this connection",
      "150 1 definitions retrieved",
      `151 "look up" files "The operator's own words"`,
      "look up",
      "  查找",
      ".",
      "250 ok",
      "210 4 commands on this connection",
      "221 Closing connection",
      "",
    ]);
    await until("the hub ends it", () => client.socket.closed);
  });

  // As GoldenDict 1.5 talks: a line each, then what it counts on.
  test("GoldenDict's way: MIME, lists with an empty header, definitions with a whole one", async () => {
    using client = await open();
    expect(await client.say("CLIENT GoldenDict\r\n", /\n$/)).toMatch(/^250/);
    expect(await client.say("OPTION MIME\r\n", /\n$/)).toMatch(/^250/);
    expect(await client.say('MATCH freedict-lat-eng prefix "amo"\r\n', /250 ok\r\n$/)).toMatch(
      /^152 \d+ matches found\r\n\r\nfreedict-lat-eng "amoliri"\r\n/,
    );
    expect(await client.say('DEFINE * "amor"\r\n', /250 ok\r\n$/)).toMatch(
      /^150 3 definitions retrieved\r\n151 "amor" freedict-lat-eng "[^"]+"\r\nContent-type: text\/plain; charset=utf-8\r\n.*\r\n\r\nAmor/,
    );
  });

  test.for([
    ["NONSENSE", "500 "],
    ["", "501 "],
    ['DEFINE * "open', "501 "],
    ["DEFINE *", "501 "],
    ["DEFINE nowhere x", "550 "],
    ["DEFINE * xqzkvwyyq", "552 "],
    ["MATCH * re ^a", "551 "],
    ["MATCH * . xqzkvwyyq", "552 "],
    ["SHOW INFO nowhere", "550 "],
    ["SHOW THINGS", "501 "],
    ["OPTION X", "503 "],
    ["AUTH user 0123", "502 "],
    ["constructor", "500 "],
    ["x".repeat(5000), "500 "],
    [Buffer.from([0xff, 0xfe]), "500 "],
    ["DEFINE * \u001b]0;evil\u0007", "552 "],
  ] as const)("%s is refused with %s", async ([line, code]) => {
    using client = await open();
    client.socket.write(line);
    const said = await client.say("\r\n", /\n$/);
    expect(said.slice(0, 4)).toBe(code);
    expect(await client.say("STATUS\r\n", /\n$/)).toMatch(/^210/);
  });

  test("a client that does not read is not read either, and others are answered meanwhile", async () => {
    using slow = await open();
    slow.socket.pause();
    const many = "DEFINE * africa\r\n".repeat(10_000);
    let isFull = false;
    // Far more than the buffers of both sides hold.
    for (let round = 0; round < 100 && !isFull; round++) {
      isFull = !slow.socket.write(many) && slow.socket.writableLength > 8 * many.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(slow.socket.writableLength).toBeGreaterThan(0);
    expect((await dict("amor")).code).toBe(0);
  });

  test("connections from one address are bounded, and free again when they end", async () => {
    await using peers = new AsyncDisposableStack();
    const greetings = await Promise.all(
      Array.from({ length: perAddress + 3 }, async () => {
        const client = peers.use(await openTcpPeer(hub.port("dict")));
        const [greeting] = [await client.sees(/./)];
        if (greeting.startsWith("420")) await until("the hub ends it", () => client.isClosed);
        return greeting;
      }),
    );
    const refused = greetings.filter((line) => line === "420 Too many connections; try again later\r\n");
    // One of the tests before may have left its place to be freed.
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(greetings.length - refused.length).toBeGreaterThan(perAddress / 2);
    await peers.disposeAsync();
    await until("a place is free", async () => (await dict("amor")).code === 0);
  });

  test("a reload ends what is asked, then tells; dict works on", async () => {
    using client = await open();
    const told = client.say("DEFINE freedict-lat-eng amor\r\n", /250 ok\r\n[^]*421 .*reloading.*\r\n$/);
    await until("the answer", () => client.socket.bytesRead > 100);
    hub.process.signal("SIGHUP");
    await told;
    await until("the new dictionaries", async () => (await dict("amor")).code === 0);
  });
});
