import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HubProcess, smallDictionary, startHub } from "./hub-process.ts";
import { palaver, palaverd, runCommand, startProgram } from "./program.ts";
import { createTemporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";
import { findTool } from "./tools.ts";
import { openUdpPeer } from "./text-peer.ts";

let folder: TemporaryFolder;
let hub: HubProcess;
let address: string;
let marks: string;

beforeAll(async () => {
  findTool("bwrap");
  folder = createTemporaryFolder();
  marks = join(folder.path, "marks");
  const { stdout } = await palaverOf("operator", ["id"]);
  hub = await startHub({
    folder,
    listen: ["udp://127.0.0.1:0", "udp://127.0.0.1:0=exec"],
    config: `${smallDictionary}
[plugins.exec]
sandbox = "required"

[plugins.exec.commands.both]
summary = "Both streams"
argv = ["/bin/sh", "-c", "cat; echo err >&2; exit 3"]
max_input = 1000

[plugins.exec.commands.change]
summary = "Change something"
argv = ["/bin/sh", "-c", "echo x >> ${marks}/changed; echo done"]
writable = ["${marks}"]
changes = true

[plugins.exec.commands.sure]
summary = "Be sure"
argv = ["/bin/echo", "was", "sure"]
confirm = true

[plugins.exec.commands.wait]
summary = "Wait"
argv = ["/bin/sh", "-c", "echo up; sleep 600"]
timeout = "1h"

[plugins.exec.commands.evil]
summary = "Escape sequences"
argv = ["/usr/bin/printf", '\\033]52;c;ZXZpbA==\\007\\033[2Jred\\033[31m\\302\\233\\b\\r\\n']

[plugins.exec.commands.peek]
summary = "Look for what is not its own"
argv = ["/bin/sh", "-c", "ls ${folder.path} ${join(folder.path, "data")}; cat ${join(folder.path, "data")}/*"]
readable = ["${folder.path}"]

[[users]]
key = "${stdout.trim()}"
nick = "op"
roles = ["operator"]
`,
  });
  address = `127.0.0.1:${hub.port("udp")}`;
  folder.write("marks/.keep", "");
  for (const user of ["operator", "stranger"]) await palaverOf(user, ["ping", address]);
});
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

const homeOf = (user: string) => ({ XDG_CONFIG_HOME: join(folder.path, `home-${user}`) });
const palaverOf = (user: string, args: readonly string[], input = "") =>
  runCommand(palaver, args, { env: homeOf(user), input });
const run = (user: string, ...args: readonly string[]) => palaverOf(user, ["run", address, ...args]);

test("standard input goes there, both streams and the status come back", async () => {
  const given = await palaverOf("stranger", ["run", address, "--stdin", "both"], "line 1\nline 2\n");
  expect(given).toEqual({ code: 3, stdout: "line 1\nline 2\n", stderr: "err\n" });
  expect(await run("stranger", "both")).toEqual({ code: 3, stdout: "", stderr: "err\n" });
  const long = await palaverOf("stranger", ["run", address, "--stdin", "both"], "x".repeat(1001));
  expect(long).toMatchObject({
    code: 1,
    stderr: "palaver: both takes at most 1000 bytes of standard input.\n",
  });
  const tooLong = await palaverOf("stranger", ["run", address, "--stdin", "both"], "x".repeat(65_537));
  expect(tooLong).toMatchObject({ code: 1, stderr: "palaver: standard input has more than 65536 bytes\n" });
  const deaf = await palaverOf("stranger", ["run", address, "--stdin", "date"], "x");
  expect(deaf).toMatchObject({ code: 1, stderr: "palaver: date takes no standard input.\n" });
});

test("a command that asks first runs on its caller's yes, once", async () => {
  const asked = await run("stranger", "sure");
  expect(asked).toMatchObject({ code: 125, stdout: "" });
  const [, code = ""] =
    /^palaver: This runs \/bin\/echo was sure\. .* run yes (\w+)\n$/.exec(asked.stderr) ?? [];
  expect((await run("operator", "yes", code)).code).toBe(1);
  expect(await run("stranger", "yes", code)).toEqual({ code: 0, stdout: "was sure\n", stderr: "" });
  expect((await run("stranger", "yes", code)).stderr).toMatch(/Nothing waits for this yes/);
});

test("a datagram that comes twice changes nothing twice", async () => {
  expect(await run("stranger", "change")).toMatchObject({ code: 0, stdout: "done\n" });
  await using peer = await openUdpPeer(hub.port("udp", "exec"));
  const [, code = ""] = /confirm it: yes (\w+)\n$/.exec(await peer.ask("change")) ?? [];
  peer.send(`yes ${code}`);
  peer.send(`yes ${code}`);
  await peer.sees(/^done$/m);
  await peer.sees(/Nothing waits for this yes/);
  expect(readFileSync(join(marks, "changed"), "utf8")).toBe("x\nx\n");
});

test("a run is listed for its owner and for operators, and ended by them", async () => {
  const args = [palaver, "run", address, "wait"];
  await using waiting = startProgram(process.execPath, args, { env: homeOf("stranger") });
  await waiting.prints("up\n");
  await using peer = await openUdpPeer(hub.port("udp"));
  expect(await peer.ask("jobs")).toBe("Nothing runs.\n");
  const listed = await run("operator", "jobs");
  const [, job = ""] = /^(\d+) wait - \S+, [\d.]+ s\n$/.exec(listed.stdout) ?? [];
  expect(await peer.ask(`kill ${job}`)).toMatch(/^You have no job/);
  expect((await run("operator", "kill", job)).stderr).toBe(`palaver: Ended ${job}: wait\n`);
  const { code, stderr } = await waiting.exited;
  expect({ code, stderr }).toMatchObject({
    code: 143,
    stderr: expect.stringMatching(/^palaver: \(ended by \S+\)\n$/),
  });
});

test("26: escape sequences of a program reach no terminal", async () => {
  await using peer = await openUdpPeer(hub.port("udp", "exec"));
  const seen = await peer.ask("evil");
  // oxlint-disable-next-line no-control-regex -- what must not be there
  expect(seen).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(seen).toContain("red");
});

test("a program sees the hub's data from no sandbox, whatever it is shown", async () => {
  const { stdout } = await run("stranger", "peek");
  expect(stdout).toContain("palaver.toml");
  expect(stdout).not.toMatch(/hub\.|plugins/);
  expect(existsSync(join(hub.data, "hub.db"))).toBe(true);
});

test("the audit is for operators and has every attempt", async () => {
  expect((await run("stranger", "audit")).stderr).toBe("palaver: audit needs the role operator.\n");
  await run("stranger", "no-such-command", "x");
  const { stdout } = await run("operator", "audit", "5", "-", "no-such-command");
  expect(stdout).toMatch(/no-such-command x: refused, There is no such command/);
  expect((await run("operator", "audit", "50", "op")).stdout).toMatch(/ yes /);
});

test.each([
  [
    'sandbox = "on"',
    /\.toml:2: plugins\.exec\.sandbox: "on" is not known here; write "auto" or "required" or "off"/,
  ],
  [
    'user = "no-such-user"',
    /\.toml:1: plugins\.exec: exec could not start: this machine has no user no-such-user/,
  ],
  ['[plugins.exec.commands.jobs]\nsummary = "x"\nargv = ["/bin/x"]', /"jobs" is a word of exec's own/],
  [
    '[plugins.exec.commands.x]\nsummary = "x"\nargv = ["/bin/x"]\nmax_memory = "lots"',
    /:5: .*max_memory: "lots" must be a size/,
  ],
])("a configuration with %j is refused where it is wrong", async (line, refusal) => {
  using place = createTemporaryFolder();
  const config = place.write("palaver.toml", `[plugins.exec]\n${line}\n`);
  const args = ["--config", config, "--data", join(place.path, "data"), "--listen", "udp://127.0.0.1:0"];
  const { code, stderr } = await runCommand(palaverd, args);
  expect(stderr).toMatch(refusal);
  expect(code).toBe(3);
});
