import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HubProcess, smallDictionary, startHub } from "./hub-process.ts";
import { startNetcat } from "./netcat.ts";
import { createTemporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";
import { openUdpPeer, type TextPeer } from "./text-peer.ts";
import { until } from "./until.ts";

let folder: TemporaryFolder;
let hub: HubProcess;
let peer: TextPeer;
// What a hostile line would leave behind.
let canary: string;

beforeAll(async () => {
  folder = createTemporaryFolder();
  canary = join(folder.path, "canary");
  mkdirSync(join(folder.path, "public"));
  folder.write("public/readme", "for everyone\n");
  folder.write("secret", "for nobody\n");
  symlinkSync(join(folder.path, "secret"), join(folder.path, "public/link"));
  hub = await startHub({
    folder,
    listen: ["udp://127.0.0.1:0", "udp://127.0.0.1:0=exec", "tcp://127.0.0.1:0=exec"],
    config: `${smallDictionary}
[plugins.exec.commands.disk]
summary = "Disk usage of a file system"
argv = ["/usr/bin/df", "-h", "{path}"]
args.path = { type = "enum", values = ["/", "/tmp"] }
timeout = "5s"

[plugins.exec.commands.restart]
summary = "For operators"
argv = ["/usr/bin/touch", "${canary}"]
roles = ["operator"]

[plugins.exec.commands.show]
summary = "Show a file"
argv = ["/usr/bin/cat", "{file}"]
args.file = { type = "path", below = "${join(folder.path, "public")}" }

[plugins.exec.commands.count]
summary = "Count"
argv = ["/usr/bin/seq", "{to}"]
args.to = { type = "integer", min = 1, max = 100000 }
max_output = 2000

[plugins.exec.commands.print]
summary = "Print words as they are"
argv = ["/usr/bin/printf", "%s|", "{first}", "{second}"]
args.first = { type = "pattern", pattern = ".*" }
args.second = { type = "pattern", pattern = ".*", optional = true }

[plugins.exec.commands.environment]
summary = "The environment"
argv = ["/usr/bin/env"]

[plugins.exec.commands.sleep]
summary = "Sleep, with a child that would outlive it"
argv = ["/bin/sh", "-c", "sleep 300 & sleep 300"]
timeout = "300ms"

[plugins.exec.commands.fail]
summary = "Fail"
argv = ["/bin/sh", "-c", "echo on error >&2; exit 3"]
`,
  });
  peer = await openUdpPeer(hub.port("udp", "exec"));
});
afterAll(async () => {
  await peer?.[Symbol.asyncDispose]();
  await hub?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

test("the default whitelist runs, and takes no arguments", async () => {
  for (const line of ["date", "uptime", "hostname", "whoami"]) {
    expect(await peer.ask(line)).toMatch(/^.*\S.*\n$/);
    expect(await peer.ask(`${line} --help`)).toMatch(/^Too many arguments/);
  }
});

test("the configured example runs with its values and no others", async () => {
  expect(await peer.ask("disk /tmp")).toMatch(/^Filesystem.*\n.*\/.*\n/);
  expect(await peer.ask("disk /")).toMatch(/^Filesystem/);
  for (const line of [
    "disk",
    "disk /etc",
    "disk /tmp /",
    "disk -a",
    "disk --help",
    "disk /tmp/",
    "disk ''",
  ]) {
    expect(await peer.ask(line)).toMatch(/Usage: disk <path: \/\|\/tmp>/);
  }
});

test("the main port runs with run, bare and with a slash, and a bare command is none there", async () => {
  await using main = await openUdpPeer(hub.port("udp"));
  expect(await main.ask("run whoami")).toMatch(/^\S+\n$/);
  expect(await main.ask("/run disk /tmp")).toMatch(/^Filesystem/);
  expect(await main.ask("whoami")).toBe("You are not online yet. Send: online\n");
  expect(await main.ask("run")).toMatch(/^(?=[^]*disk )(?=[^]*uptime )/);
});

test("hostile lines run nothing and are all refused", async () => {
  const touch = `touch ${canary}`;
  const lines = [
    `whoami; ${touch}`,
    `whoami;${touch}`,
    `whoami && ${touch}`,
    `whoami || ${touch}`,
    `whoami | ${touch}`,
    `whoami & ${touch}`,
    `whoami > ${canary}`,
    `$(${touch})`,
    `whoami $(${touch})`,
    `\`${touch}\``,
    `whoami \`${touch}\``,
    `whoami\n${touch}`,
    `whoami\r\n${touch}`,
    `whoami\r${touch}`,
    `whoami\u2028${touch}`,
    touch,
    `/usr/bin/${touch}`,
    `sh -c "${touch}"`,
    `../../bin/${touch}`,
    "WHOAMI",
    "disk /tmp;id",
    "disk $(id)",
    "disk {path}",
    "disk --output=source",
    "date -s 2001-01-01",
    "uptime -p",
    "hostname evil",
    "__proto__",
    "constructor",
    "toString x",
    "run whoami",
    "restart",
  ];
  for (const line of lines) {
    const answer = await peer.ask(line);
    expect(answer, line).toMatch(/no such command|Too many arguments|Usage: |needs the role operator/);
  }
  expect(existsSync(canary)).toBe(false);
});

test("what follows a NUL is never seen", async () => {
  expect(await peer.ask(`whoami\0; touch ${canary}`)).toMatch(/^\S+\n$/);
  expect(await peer.ask(`print a\0b`)).toBe("a|\n");
  expect(existsSync(canary)).toBe(false);
});

test("quotes, dollars and stars reach the program as they are", async () => {
  expect(await peer.ask('print "$HOME" *')).toBe('"$HOME"|*|\n');
  expect(await peer.ask("print $(id) `id`;")).toMatch(/^\$\(id\)\|`id`;\|\n$/);
  expect(await peer.ask("print %s%n {second}")).toBe("%s%n|{second}|\n");
  expect(await peer.ask("print -n")).toMatch(/must not start with -/);
});

test("a path leads nowhere but below its root", async () => {
  expect(await peer.ask("show readme")).toBe("for everyone\n");
  const escapes = [
    "../secret",
    "link",
    join(folder.path, "secret"),
    "/etc/passwd",
    "public/../../secret",
    "~",
    "./../secret",
  ];
  for (const path of escapes) {
    const answer = await peer.ask(`show ${path}`);
    expect(answer, path).not.toContain("for nobody");
    expect(answer, path).toMatch(/names nothing that may be used here/);
  }
});

test("a role keeps text peers out, on the main port too", async () => {
  await using main = await openUdpPeer(hub.port("udp"));
  expect(await main.ask("run restart")).toMatch(/needs the role operator/);
  expect(existsSync(canary)).toBe(false);
});

test("numbers outside their range are refused and long output is cut", async () => {
  expect(await peer.ask("count 3")).toBe("1\n2\n3\n");
  for (const line of ["count 0", "count 100001", "count 1e3", "count 0x10", "count 03", "count ٣"]) {
    expect(await peer.ask(line), line).toMatch(/Usage: count/);
  }
  peer.send("count 100000");
  await peer.sees(/output cut at 2000 bytes/);
});

test("a program gets a fixed environment and nothing of the hub's", async () => {
  const lines = (await peer.ask("environment")).trim().split("\n");
  const names = lines.map((line) => line.split("=")[0]).filter((name) => !name?.startsWith("PALAVER_"));
  expect(new Set(names)).toEqual(new Set(["HOME", "LANG", "PATH", "TERM"]));
  expect(lines).toContain("PATH=/usr/bin:/bin");
});

test("a failure says its status, and a timeout ends the whole process tree", async () => {
  expect(await peer.ask("fail")).toBe("on error\n(exit 3)\n");
  expect(await peer.ask("sleep")).toMatch(/timed out after 0\.3s/);
  await until("no sleep is left", () => childrenOf(hub.process.pid).every((name) => name !== "sleep"));
});

test("nc runs commands over TCP, one a line", async () => {
  await using nc = startNetcat("tcp", hub.port("tcp", "exec"));
  nc.write("count 2\n");
  await nc.prints(/^1\n2\n$/);
  nc.write(`count 1\ntouch ${canary}\n`);
  await nc.prints(/\n1\n/);
  await nc.prints(/no such command/);
  expect(existsSync(canary)).toBe(false);
});

test("every attempt is in the audit, refused ones too, with who and what", async () => {
  await using other = await openUdpPeer(hub.port("udp", "exec"));
  await other.ask("print audited");
  await other.ask("disk; touch x");
  using audit = new DatabaseSync(join(hub.data, "plugins/exec/audit.db"), { readOnly: true });
  const rows = await until("two rows", () => {
    const found = audit
      .prepare("SELECT command, argv, outcome, status, bytes FROM attempts WHERE address = ? ORDER BY id")
      .all(`127.0.0.1:${other.port}`);
    return found.length === 2 && found[0]?.["outcome"] !== "running" && found;
  });
  expect(rows).toEqual([
    { command: "print", argv: '["audited"]', outcome: "ok", status: 0, bytes: 8 },
    { command: "disk;", argv: '["touch","x"]', outcome: "refused", status: null, bytes: null },
  ]);
  const refused = audit.prepare("SELECT count(*) AS n FROM attempts WHERE outcome = 'refused'").get();
  expect(refused?.["n"]).toBeGreaterThan(30);
});

/** The names of all processes below one. */
function childrenOf(pid: number): string[] {
  const table = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(name));
  const below = (parent: number): string[] =>
    table.filter((row) => row.parent === parent).flatMap((row) => [row.name, ...below(row.pid)]);
  return below(pid);
}

function readStat(pid: string): { pid: number; parent: number; name: string }[] {
  try {
    const [, name = "", parent] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return [{ pid: Number(pid), parent: Number(parent), name }];
  } catch {
    return [];
  }
}
