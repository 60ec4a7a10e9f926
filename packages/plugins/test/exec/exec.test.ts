import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OutputPiece, Reply } from "@palaver/plugin-api";
import { beforeEach, describe, expect, test } from "vitest";
import { answerOf, guest, operator, startExec } from "./running-exec.ts";

const disk = {
  summary: "Disk usage of a file system",
  argv: ["/usr/bin/df", "-h", "{path}"],
  args: { path: { type: "enum", values: ["/", "/tmp"] } },
  roles: ["operator"],
  timeout: "5s",
};

/** A command that the operator wrote for the test: a shell script, which the plugin itself never starts. */
const script = (text: string, more: object = {}) => ({
  summary: "A script",
  argv: ["/bin/sh", "-c", text],
  ...more,
});
const say = { summary: "Say", argv: ["/usr/bin/printf", "%s|%s", "{a}", "{b}"], args: words("a", "b") };

function words(...names: string[]) {
  return Object.fromEntries(names.map((name) => [name, { type: "pattern", pattern: "[^]*" }]));
}

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "palaver-exec-test-"));
  return () => rmSync(directory, { recursive: true, force: true });
});

/** Resolves when the program wrote this file; it runs then. */
async function written(name: string): Promise<string> {
  const watcher = watch(directory);
  try {
    while (!existsSync(join(directory, name)) || readFileSync(join(directory, name), "utf8") === "") {
      await once(watcher, "change");
    }
    return readFileSync(join(directory, name), "utf8").trim();
  } finally {
    watcher.close();
  }
}

const isAlive = (pid: string | undefined): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

describe("what may be run", () => {
  test("is four harmless commands by default, on a mount and by name", async () => {
    const hub = await startExec({});
    const { stdout: host } = await hub.run(["hostname"]);
    expect(host.trim()).not.toBe("");
    expect(await hub.line("hostname")).toMatchObject({ stdout: host, texts: [""], status: 0 });
    for (const name of ["date", "uptime", "whoami"])
      expect(await hub.line(name)).toMatchObject({ status: 0 });
  });

  test("is nothing without defaults", async () => {
    const hub = await startExec({ defaults: false });
    expect((await hub.run([])).texts).toEqual(["There is nothing here that you may run."]);
    expect((await hub.line("date")).refusal?.message).toBe("There is no such command. You may run: nothing.");
  });

  test("is listed with usage, for each caller its own", async () => {
    const hub = await startExec({ commands: { disk } });
    const [forOperator] = (await hub.run([], operator)).texts;
    expect(forOperator).toContain("disk <path: /|/tmp> - Disk usage of a file system\n");
    expect(forOperator).toContain("quotes mean nothing");
    const [forGuest] = (await hub.run([])).texts;
    expect(forGuest).toContain("date - ");
    expect(forGuest).not.toContain("disk");
  });

  test("needs the role that the operator demanded", async () => {
    const hub = await startExec({ commands: { disk } });
    expect((await hub.run(["disk", "/tmp"], operator)).stdout).toContain("Mounted on");
    expect((await hub.line("disk /tmp")).refusal).toEqual({
      code: "FORBIDDEN",
      message: "disk needs the role operator; you hold none.",
    });
    expect((await hub.run(["disk", "/tmp"], { ...operator, roles: ["member"] })).refusal?.message).toBe(
      "disk needs the role operator; you hold member.",
    );
  });
});

describe("a hostile line", () => {
  const hostile = [
    "date; id",
    "date ;id",
    "date;id",
    "date && id",
    "date || id",
    "date | id",
    "date & id",
    "date $(id)",
    "$(id)",
    "`id`",
    "date `id`",
    "date\nid",
    "date\r\nid",
    "date > /tmp/x",
    "date -u",
    "date --help",
    "date \0",
    "/bin/date",
    "../../bin/date",
    "DATE",
    "id",
    "sh -c id",
    "constructor",
    "__proto__",
    "toString",
    "say a $(id) c",
    "say a -b",
    "say --version b",
    "say a \u001b[31m",
    "disk /etc",
    "disk /tmp/..",
    "disk / /tmp",
    "disk -a",
    "disk",
    "a ".repeat(40),
    "say a " + "b".repeat(1000),
  ];

  test.each(hostile)("%j is refused, on a mount and by name, and written down", async (line) => {
    const hub = await startExec({ commands: { say, disk } });
    const byLine = await hub.line(line, operator);
    const byName = await hub.run(line.split(" ").filter(Boolean), operator);
    expect(byLine.refusal?.message).toBeDefined();
    expect(byName).toEqual(byLine);
    expect(byLine).toMatchObject({ stdout: "", stderr: "", texts: [] });
    // Neither paths of ours nor stacks; the usage line's own values apart.
    expect(byLine.refusal!.message.split("Usage")[0]).not.toMatch(/\/usr|\/bin|node:|\.ts/);
    expect(hub.rows()).toMatchObject([{ outcome: "refused", nick: "grace" }, { outcome: "refused" }]);
    expect(hub.logged.filter(({ message }) => message === "refused a command")).toHaveLength(2);
  });

  test("inside an argument is a word like any other", async () => {
    const hub = await startExec({ commands: { say } });
    expect((await hub.line("say $(id) `id`;&&|>*~$HOME")).stdout).toBe("$(id)|`id`;&&|>*~$HOME");
    expect((await hub.run(["say", "two words", "'quoted'"], operator)).stdout).toBe("two words|'quoted'");
  });

  test("finds quotes without meaning on a mount", async () => {
    const hub = await startExec({ commands: { say } });
    expect((await hub.line('say "a b"')).stdout).toBe('"a|b"');
    expect((await hub.line('say "a b" c')).refusal?.message).toBe("Too many arguments. Usage: say <a> <b>");
  });

  test("leads out of a root neither by dots nor by links", async () => {
    writeFileSync(join(directory, "notes"), "mine\n");
    symlinkSync("/etc/passwd", join(directory, "link"));
    const show = {
      summary: "Show",
      argv: ["/bin/cat", "{file}"],
      args: { file: { type: "path", below: directory } },
    };
    const hub = await startExec({ commands: { show } });
    expect((await hub.line("show notes")).stdout).toBe("mine\n");
    for (const word of ["../../etc/passwd", "/etc/passwd", "link", "no-such-file"]) {
      expect((await hub.line(`show ${word}`)).refusal).toEqual({
        code: "INVALID",
        message: "file names nothing that may be used here. Usage: show <file>",
      });
    }
  });
});

describe("a program", () => {
  test("gets a fixed environment, no input, and the operator's folder", async () => {
    process.env["PALAVER_SECRET"] = "secret";
    const commands = {
      env: { summary: "Environment", argv: ["/usr/bin/env"], env: { MINE: "yes" } },
      cat: { summary: "Input", argv: ["/bin/cat"] },
      pwd: { summary: "Folder", argv: ["/bin/pwd"], cwd: "/usr" },
    };
    const hub = await startExec({ commands });
    const { stdout } = await hub.line("env");
    expect(
      stdout
        .replace(/^PALAVER_CALL=.*\n/m, "")
        .trim()
        .split("\n")
        .toSorted(),
    ).toEqual(["HOME=/nonexistent", "LANG=C.UTF-8", "MINE=yes", "PATH=/usr/bin:/bin", "TERM=dumb"]);
    expect(await hub.line("cat")).toMatchObject({ stdout: "", texts: ["(no output)"], status: 0 });
    expect((await hub.line("pwd")).stdout).toBe("/usr\n");
  });

  test("that fails says so with its status, streams apart", async () => {
    const hub = await startExec({ commands: { it: script("echo out; echo err >&2; exit 3") } });
    expect(await hub.line("it")).toEqual({
      stdout: "out\n",
      stderr: "err\n",
      texts: ["(exit 3)"],
      status: 3,
      data: { job: 1, status: 3, outcome: "exited", durationMs: expect.any(Number), bytes: 8 },
      refusal: undefined,
    });
    expect(hub.rows()).toMatchObject([{ outcome: "failed", status: 3, reason: "exit 3", bytes: 8 }]);
  });

  test("that is not there is warned of at the start and fails when called", async () => {
    const hub = await startExec({
      commands: { gone: { summary: "Gone", argv: ["/nonexistent/gone"] } },
    });
    expect(hub.logged).toContainEqual({
      level: "warn",
      message: "a command's program is missing or not executable; calls will fail",
      fields: { command: "gone", path: "/nonexistent/gone" },
    });
    expect(await hub.line("gone")).toMatchObject({
      texts: ["(could not be started; the hub's operator must look)"],
      status: 127,
    });
    expect(hub.rows()).toMatchObject([{ outcome: "failed", status: 127 }]);
  });

  test("that takes too long is ended, with what it said before", async () => {
    const slow = script(`setsid sleep 600 & echo $! > ${directory}/pid; echo early; sleep 600`, {
      timeout: "2s",
    });
    const hub = await startExec({ commands: { slow } });
    expect(await hub.line("slow")).toMatchObject({
      stdout: "early\n",
      texts: ["(timed out after 2s)"],
      status: 124,
      data: { outcome: "timeout" },
    });
    expect(isAlive(await written("pid"))).toBe(false);
    expect(hub.rows()).toMatchObject([{ outcome: "timeout", bytes: 6 }]);
  });

  test("that never stops talking is cut", async () => {
    const hub = await startExec({ commands: { y: { summary: "Yes", argv: ["/usr/bin/yes"] } } });
    const { stdout, texts, data } = await hub.line("y");
    expect(Buffer.byteLength(stdout)).toBe(65_536);
    expect(texts).toEqual(["(output cut at 65536 bytes)"]);
    expect(data).toMatchObject({ outcome: "output", bytes: 65_536 });
    expect(hub.rows()).toMatchObject([{ outcome: "output", bytes: 65_536 }]);
  });

  test("that leaves others behind is answered at once, and they are ended", async () => {
    const it = script(`sleep 600 & echo $!; setsid sleep 600 & echo $!`);
    const hub = await startExec({ commands: { it } });
    const { stdout, status } = await hub.line("it");
    expect(status).toBe(0);
    const pids = stdout.trim().split("\n");
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("passes its output on as it comes", async () => {
    const it = script(`echo first; while [ ! -e ${directory}/go ]; do sleep 0.02; done; echo second`);
    const hub = await startExec({ commands: { it } });
    const replies = (hub.mounted("it") as AsyncIterable<Reply>)[Symbol.asyncIterator]();
    const { value } = await replies.next();
    expect(Buffer.from((value as OutputPiece).bytes).toString()).toBe("first\n");
    writeFileSync(join(directory, "go"), "");
    expect(await answerOf({ [Symbol.asyncIterator]: () => replies })).toMatchObject({
      stdout: "second\n",
      status: 0,
    });
  });
});

describe("a caller that leaves", () => {
  test("ends its program", async () => {
    const it = script(`echo $$ > ${directory}/pid; sleep 600`);
    const hub = await startExec({ commands: { it } });
    const call = new AbortController();
    const answer = hub.line("it", guest, call.signal);
    const pid = await written("pid");
    call.abort();
    expect(await answer).toMatchObject({ texts: ["(ended)"], data: { outcome: "aborted" } });
    expect(isAlive(pid)).toBe(false);
    expect(hub.rows()).toMatchObject([{ outcome: "aborted" }]);
  });

  test("and whose answer is never read on leaves neither a process, nor a place taken, nor an open row", async () => {
    const it = script(`echo $$; exec yes`, { max_running: 1, timeout: "2s", max_output: 8_388_608 });
    const hub = await startExec({ commands: { it } });
    const replies = (hub.mounted("it") as AsyncIterable<Reply>)[Symbol.asyncIterator]();
    const { value } = await replies.next();
    const [pid] = Buffer.from((value as OutputPiece).bytes)
      .toString()
      .split("\n");
    expect((await hub.line("it")).refusal?.code).toBe("BUSY");
    await hub.dispose();
    expect(isAlive(pid)).toBe(false);
    expect(hub.rows()).toMatchObject([{ outcome: "timeout" }, { outcome: "refused" }]);
    expect((await hub.line("it")).refusal).toBeUndefined();
  });
});

describe("limits", () => {
  test("hold for runs at once, and a place is free again after a run", async () => {
    const it = script(`echo $$ > ${directory}/pid; sleep 600`, { max_running: 1 });
    const hub = await startExec({ commands: { it } });
    const call = new AbortController();
    const first = hub.line("it", guest, call.signal);
    await written("pid");
    expect((await hub.line("it", operator)).refusal).toEqual({
      code: "BUSY",
      message: "it runs 1 times already; try again soon.",
    });
    expect((await hub.line("date")).status).toBe(0);
    call.abort();
    await first;
    const again = new AbortController();
    const second = hub.line("it", guest, again.signal);
    again.abort();
    expect((await second).refusal).toBeUndefined();
  });

  test("hold for a caller's rate", async () => {
    const it = { summary: "It", argv: ["/bin/true"], rate: { limit: 2, window: "1h" } };
    const hub = await startExec({ commands: { it } });
    for (const status of [0, 0, undefined]) expect((await hub.line("it")).status).toBe(status);
    expect((await hub.line("it", operator)).status).toBe(0);
    expect(hub.rows().map((row) => row.outcome)).toEqual(["ok", "ok", "refused", "ok"]);
  });
});

test("a run under way is in the audit already, with who and whence", async () => {
  const it = script(`echo $$ > ${directory}/pid; sleep 600`);
  const hub = await startExec({ commands: { it } });
  const call = new AbortController();
  const answer = hub.run(["it"], operator, call.signal);
  await written("pid");
  expect(hub.rows()).toMatchObject([
    { nick: "grace", key: "a2V5", address: "192.0.2.8:6000", command: "it", argv: "[]", outcome: "running" },
  ]);
  call.abort();
  await answer;
});

test("without an audit nothing is run", async () => {
  const hub = await startExec({ commands: { it: script(`echo ran > ${directory}/ran`) } });
  hub.database.exec("DROP TABLE attempts");
  expect((await hub.line("it")).refusal).toMatchObject({
    code: "BUSY",
    message: expect.stringContaining("nothing was run") as string,
  });
  expect(existsSync(join(directory, "ran"))).toBe(false);
});

test("two hundred runs leave no process and no descriptor", { timeout: 120_000 }, async () => {
  const hub = await startExec({ commands: { it: script("sleep 600 & setsid sleep 600 & echo $!") } });
  await hub.line("it");
  const before = readdirSync("/proc/self/fd").length;
  const pids: string[] = [];
  for (let batch = 0; batch < 50; batch++) {
    const answers = await Promise.all(Array.from({ length: 4 }, () => hub.line("it")));
    pids.push(...answers.map(({ stdout }) => stdout.trim()));
  }
  expect(new Set(pids).size).toBe(200);
  expect(pids.filter(isAlive)).toEqual([]);
  // What was started ahead of a call that does not come goes soon.
  await expect.poll(() => readdirSync("/proc/self/fd")).toHaveLength(before);
});
