import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { findTool } from "../../../../test/e2e/tools.ts";
import { answerOf, guest, operator, startExec } from "./running-exec.ts";
import { processesWith } from "../../../server/test/capabilities/processes-with.ts";

/** More of them by EXEC_RUNS; a thousand take two minutes. */
const RUNS = Number(process.env["EXEC_RUNS"] ?? 100);
const AT_ONCE = 4;

const script = (text: string, more: object = {}) => ({
  summary: "A script",
  argv: ["/bin/sh", "-c", text],
  ...more,
});
const word = { type: "pattern", pattern: "[^]*" };
const say = { summary: "Say", argv: ["/usr/bin/printf", "%s|%s", "{a}", "{b}"], args: { a: word, b: word } };

let directory: string;
beforeEach(() => {
  findTool("bwrap");
  directory = mkdtempSync(join(tmpdir(), "palaver-hostile-"));
  return () => rmSync(directory, { recursive: true, force: true });
});

/** A duration for `sleep` that no other process has. */
const uniqueSleep = (): string => `6${Math.floor(Math.random() * 1e9)}.25`;

test("33: an argument with a leading dash is refused, unless the operator declared it", async () => {
  const hub = await startExec({ commands: { say } });
  for (const dash of ["-rf", "--help", "-", "--"]) {
    expect((await hub.run(["say", dash, "b"], operator)).refusal?.message).toContain("must not start with -");
  }
});

test("34: newline, semicolon, $(), backticks and globs are text; a NUL is refused", async () => {
  const hub = await startExec({ commands: { say }, sandbox: "auto" });
  const canary = join(directory, "canary");
  for (const hostile of [
    `;touch ${canary}`,
    `$(touch ${canary})`,
    `\`touch ${canary}\``,
    "*",
    "~",
    "&&",
    "|",
  ]) {
    expect((await hub.run(["say", hostile, "b"], operator)).stdout).toBe(`${hostile}|b`);
  }
  for (const control of ["a\nb", "a\0b", "\u001b[2J"]) {
    expect((await hub.run(["say", control, "b"], operator)).refusal?.message).toContain(
      "holds a control character",
    );
  }
  expect(existsSync(canary)).toBe(false);
});

test("35: PATH, LD_PRELOAD and NODE_OPTIONS of the hub reach no program, in a sandbox neither", async () => {
  const stolen = {
    LD_PRELOAD: "",
    NODE_OPTIONS: "--no-warnings",
    PALAVER_SECRET: "secret",
    BASH_ENV: "/etc/profile",
  };
  Object.assign(process.env, stolen);
  const hub = await startExec({
    commands: { env: { summary: "Env", argv: ["/usr/bin/env"] } },
    sandbox: "required",
  });
  const names = (await hub.line("env")).stdout.split("\n").map((line) => line.split("=")[0]);
  for (const name of Object.keys(stolen)) delete process.env[name];
  const expected = ["", "HOME", "LANG", "PALAVER_CALL", "PATH", "TERM"];
  expect(new Set(names)).toEqual(new Set(expected));
});

test("36: endless output is cut, marked, and its program killed", async () => {
  const sleep = uniqueSleep();
  const hub = await startExec({ commands: { it: script(`yes ${sleep}`) }, sandbox: "required" });
  expect(await hub.line("it")).toMatchObject({
    texts: ["(output cut at 65536 bytes)"],
    data: { outcome: "output" },
  });
  expect(processesWith(sleep)).toEqual([]);
});

test(
  `37: no process survives its call, and the audit has every one: ${RUNS} runs of every kind of escape`,
  {
    timeout: 60_000 + RUNS * 1000,
  },
  async () => {
    const sleep = uniqueSleep();
    const timeout = "300ms";
    const commands = {
      child: script(`sleep ${sleep} & setsid sleep ${sleep} & echo up`),
      daemon: script(
        `env -i setsid /bin/sh -c '/bin/sleep ${sleep} & /bin/sleep ${sleep} &' >/dev/null 2>&1 <&- & echo up`,
      ),
      deaf: script(`trap '' TERM HUP INT; setsid sleep ${sleep} & while :; do sleep ${sleep}; done`, {
        timeout,
      }),
      bomb: script(`b() {{ sleep ${sleep} & b & b & wait; }}; b`, {
        timeout,
        max_processes: 20,
        max_output: 100_000,
      }),
      flood: script(`setsid yes ${sleep} & yes ${sleep} >&2`),
    };
    // Root may fork as it likes; nobody may not.
    const user = process.getuid?.() === 0 ? { user: "nobody" } : {};
    const hub = await startExec({ commands, sandbox: "required", ...user, max_running_per_user: AT_ONCE });
    await hub.line("child");
    const before = readdirSync("/proc/self/fd").length;
    const names = Object.keys(commands);
    let begun = 0;
    const runSome = async (): Promise<void> => {
      while (begun < RUNS) {
        const name = names[begun++ % names.length] ?? "";
        const call = new AbortController();
        const answer = hub.line(name, guest, call.signal);
        // One in five callers leaves at once.
        if (name === "daemon") setImmediate(() => call.abort());
        expect((await answer).refusal).toBeUndefined();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, runSome));
    // What was started ahead of a call that does not come goes soon.
    await expect.poll(() => processesWith(sleep)).toEqual([]);
    expect(readdirSync("/proc/self/fd")).toHaveLength(before);
    const rows = hub.rows();
    expect(rows).toHaveLength(RUNS + 1);
    expect(
      rows.filter(({ outcome }) => !["ok", "failed", "timeout", "output", "aborted"].includes(outcome)),
    ).toEqual([]);
    expect(hub.logged.filter(({ message }) => message === "ran a command")).toHaveLength(RUNS + 1);
  },
);

test("38: where there is no sandbox, setsid children and fork bombs are ended too", async () => {
  const sleep = uniqueSleep();
  const commands = {
    child: script(
      `setsid sleep ${sleep} & setsid sh -c 'sleep ${sleep} & sleep ${sleep} &' & echo up; sleep 0.1`,
    ),
    bomb: script(`b() {{ sleep ${sleep} & b & b & wait; }}; b`, {
      timeout: "500ms",
      max_processes: 60,
      max_output: 8_388_608,
    }),
  };
  const user = process.getuid?.() === 0 ? { user: "nobody" } : {};
  const hub = await startExec({ commands, sandbox: "off", ...user });
  expect(await hub.line("child")).toMatchObject({ status: 0 });
  await hub.line("bomb");
  expect(processesWith(sleep)).toEqual([]);
});

test("39: a program that reads its input finds its end", async () => {
  const hub = await startExec({
    commands: { cat: { summary: "Cat", argv: ["/bin/cat"] } },
    sandbox: "required",
  });
  expect(await hub.line("cat")).toMatchObject({ texts: ["(no output)"], status: 0 });
});

test("40: a caller that leaves takes its program along", async () => {
  const sleep = uniqueSleep();
  const hub = await startExec({
    commands: { it: script(`echo up; setsid sleep ${sleep} & sleep ${sleep}`) },
    sandbox: "required",
  });
  const call = new AbortController();
  const replies = (hub.mounted("it", guest, call.signal) as AsyncIterable<never>)[Symbol.asyncIterator]();
  await replies.next();
  call.abort();
  expect(await answerOf({ [Symbol.asyncIterator]: () => replies })).toMatchObject({
    data: { outcome: "aborted" },
  });
  expect(processesWith(sleep)).toEqual([]);
});

test("41: dots, absolute paths, percent signs, drives, NULs and long names lead nowhere", async () => {
  writeFileSync(join(directory, "note"), "mine\n");
  const show = {
    summary: "Show",
    argv: ["/bin/cat", "{file}"],
    args: { file: { type: "path", below: directory } },
  };
  const hub = await startExec({ commands: { show }, sandbox: "required" });
  expect((await hub.line("show note")).stdout).toBe("mine\n");
  const paths = [
    "../../etc/passwd",
    "/etc/passwd",
    "%2e%2e/note",
    "C:\\note",
    "..\\note",
    "n".repeat(300),
    "note\0",
  ];
  for (const path of paths) {
    expect((await hub.run(["show", path], operator)).refusal?.code, path).toBe("INVALID");
  }
});

test("42: a link that is put in a file's place leads nowhere", async () => {
  symlinkSync("/etc/passwd", join(directory, "note"));
  const show = {
    summary: "Show",
    argv: ["/bin/cat", "{file}"],
    args: { file: { type: "path", below: directory } },
  };
  const hub = await startExec({ commands: { show }, sandbox: "required" });
  expect((await hub.line("show note")).refusal?.message).toContain("names nothing that may be used here");
});

test("43: a program fills neither the disk nor the memory behind its own folders", async () => {
  const it = script(
    "for n in 1 2 3 4; do head -c 40000000 /dev/zero > /tmp/$n; done; du -sm /tmp; head -c 9999999 /dev/zero > /dev/shm/x; wc -c < /dev/shm/x",
    {
      max_file_size: "4MiB",
    },
  );
  const fill = script(
    "for n in $(seq 40); do head -c 4000000 /dev/zero > /tmp/$n || break; done; du -sm /tmp",
  );
  const hub = await startExec({ commands: { it, fill }, sandbox: "required" });
  expect((await hub.line("it")).stdout).toBe("16\t/tmp\n4194304\n");
  const { stdout, stderr } = await hub.line("fill");
  expect(stdout).toBe("64\t/tmp\n");
  expect(stderr).toContain("No space left on device");
});
