import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey, randomBytes } from "node:crypto";
import { closeSync, cpSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  connectSession,
  joined,
  type SessionClient,
} from "../../packages/server/test/sessions/session-client.ts";
import { parseListeners, smallDictionary } from "./hub-process.ts";
import { palaverd, startProgram, type Program } from "./program.ts";
import { createTemporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";
import { openUdpPeer } from "./text-peer.ts";
import { findTool } from "./tools.ts";
import { until } from "./until.ts";

const config = `${smallDictionary}editors = ["editor"]
[plugins.exec.commands.hello]
summary = "Says hello"
argv = ["/bin/echo", "hello"]
changes = true
[plugins.files]
keep_free = "1MiB"
[[users]]
key = "KEY"
nick = "ada"
roles = ["editor", "operator"]
`;

const identity = randomBytes(32);
let folder: TemporaryFolder;
let hub: Program;
let port: number;
/** The data directory, a file system of its own that only the hub sees; this is the way to it from outside. */
let data: string;
let ada: SessionClient;
let stream: number;

beforeAll(async () => {
  folder = createTemporaryFolder();
  folder.write("words.txt", "apple:苹果\n");
  const file = folder.write("palaver.toml", config.replace("KEY", publicKeyOf(identity)));
  const inside = join(folder.path, "data");
  const mount = `mkdir ${inside} && mount -t tmpfs -o size=6m,mode=700 palaver ${inside} && exec "$@"`;
  const args = [palaverd, "--config", file, "--data", inside, "--listen", "udp://127.0.0.1:0"];
  hub = startProgram(findTool("unshare"), ["-Urm", "sh", "-c", mount, "sh", process.execPath, ...args]);
  await hub.prints("palaverd ready\n");
  data = `/proc/${hub.pid}/root${inside}`;
  port = parseListeners(hub.stdout)[0]!.port;
  ({ client: ada, stream } = await joined(port, "ada", identity));
}, 30_000);
afterAll(async () => {
  await ada?.[Symbol.asyncDispose]();
  await hub?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

function publicKeyOf(secret: Uint8Array): string {
  const head = Buffer.from("302e020100300506032b656e04220420", "hex");
  const key = createPrivateKey({ key: Buffer.concat([head, secret]), format: "der", type: "pkcs8" });
  return createPublicKey(key).export({ format: "jwk" }).x ?? "";
}

/** Takes what is left of the disk, to the last byte. */
function fillDisk(): void {
  const ballast = openSync(join(data, "ballast"), "w");
  for (const size of [65_536, 512, 1]) {
    const bytes = Buffer.alloc(size);
    try {
      while (writeSync(ballast, bytes) > 0);
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
    }
  }
  fsyncSync(ballast);
  closeSync(ballast);
}

/** The whole answer: replies, or why there is none. */
async function ask(command: string, ...argv: readonly string[]): Promise<string> {
  return JSON.stringify(await ada.replies(ada.request(command, argv)));
}

/** Says something; gives back its number, or undefined when it was refused. */
async function say(text: string): Promise<number | undefined> {
  const before = ada.heard.length;
  ada.say(stream, text);
  const { message } = await until("an answer", () =>
    ada.heard.slice(before).find(({ message: { type } }) => type === "stored" || type === "refused"),
  );
  if (message.type === "stored") return message.seq;
  expect(JSON.stringify(message)).toContain("could not store this, so nobody has got it");
  return undefined;
}

test("on a full disk nothing is acknowledged that is not stored, the hub lives, and it recovers", async () => {
  await using bob = await openUdpPeer(port);
  expect(await bob.ask("online bob")).toContain("~bob");
  for (let number = 1; number <= 20; number++) expect(await say(`before ${number}`)).toBe(number);
  fillDisk();
  let last = 20;
  // The files of the databases have a little room left.
  for (let seq = await say("x".repeat(900)); seq !== undefined; seq = await say("x".repeat(900))) last = seq;

  const refusals: readonly (readonly [said: string, ...request: [string, ...string[]]])[] = [
    ["nobody has got it", "topic", "new"],
    ["nobody has got it", "ban", "bob", "1h"],
    ["Nothing was added: the hub could not store it", "dict", "add", "foo:bar"],
    ["could not store this", "nick", "lovelace"],
    ["has no room for this file", "put", "100", "anew", "-", "x.txt"],
    ["could not store this", "run", "date"],
  ];
  // More often than a plugin may fail before it is switched off.
  for (let round = 0; round < 6; round++) {
    for (const [said, command, ...argv] of refusals) expect(await ask(command, ...argv)).toContain(said);
    // Text peers have no journal of requests; what they run is written down all the same.
    expect(await bob.ask("/run date")).toContain("into its audit, so nothing was run");
    expect(await bob.ask("/run nosuch")).toContain("There is no such command");
  }
  expect(await ask("join", "dev")).toContain("You are in #dev");
  expect(await ask("part", "dev")).toContain("You left #dev");
  expect(await ask("tr", "apple")).toContain("苹果");
  expect(await bob.ask("/tr apple")).toContain("苹果");
  await using eve = await connectSession(port);
  eve.control({ type: "hello", version: 1, client: "test", nick: "eve" });
  eve.control({ type: "join", room: "lobby" });
  expect((await eve.next("error")).message).toContain("could not store this");
  // Whose name it is already comes and goes.
  await ada[Symbol.asyncDispose]();
  ({ client: ada, stream } = await joined(port, "ada", identity));

  rmSync(join(data, "ballast"));
  expect(await say("after")).toBe(last + 1);
  expect(await ask("topic", "new")).toContain("The topic is set");
  expect(await ask("dict", "add", "foo:bar")).toContain("foo is added");
  expect(await ask("run", "date")).toContain('"outcome":"exited"');
  eve.control({ type: "join", room: "lobby" });
  await eve.next("joined");
  expect(hub.isRunning).toBe(true);
  // Nothing of it was a plugin's fault.
  expect(hub.stderr).not.toContain("a plugin failed");

  // SQLite follows the way from outside, and gets lost.
  const copy = join(folder.path, "copy");
  cpSync(join(data, "plugins/chat"), copy, { recursive: true });
  using database = new DatabaseSync(join(copy, "history.db"));
  const kept = database.prepare("SELECT seq FROM messages WHERE room = 'lobby' AND kind = 'say'").all();
  expect(kept).toHaveLength(last + 1);
  const heard = bob.received.filter((text) => text.startsWith("ada: "));
  expect(heard).toHaveLength(last + 1);
}, 60_000);

test("where the disk is read-only a file is refused, and nothing fails", async () => {
  const inside = join(folder.path, "data/plugins/files/content");
  const mounts = `mount --bind ${inside} ${inside} && mount -o remount,bind,ro ${inside}`;
  const args = ["-t", String(hub.pid), "-U", "-m", "--preserve-credentials", "sh", "-c", mounts];
  execFileSync(findTool("nsenter"), args);
  for (let round = 0; round < 6; round++) {
    expect(await ask("put", "4", "anew", "-", "x.txt")).toContain("The hub's disk cannot be written");
  }
  expect(await ask("ls")).toContain("There are no files.");
  expect(hub.stderr).not.toContain("a plugin failed");
});
