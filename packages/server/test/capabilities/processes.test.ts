import { execFileSync } from "node:child_process";
import { getEventListeners } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProcessSpec, RunningProcess } from "@palaver/plugin-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProcesses } from "../../src/capabilities/processes.ts";
import { ways } from "../programs/ways.ts";
import { spec } from "./process-spec.ts";

const onLinux = describe.runIf(process.platform === "linux");

let processes: ReturnType<typeof createProcesses>;
let directory: string;
afterEach(() => processes[Symbol.asyncDispose]());

const sh = (script: string, more?: Partial<ProcessSpec>): ProcessSpec =>
  spec(["/bin/sh", "-c", script], more);

const zeros = (bytes: number): ProcessSpec =>
  spec(["/usr/bin/head", "-c", String(bytes), "/dev/zero"], { maxOutputBytes: 9000 });

async function collect(run: RunningProcess): Promise<{ stdout: string; stderr: string }> {
  const text = { stdout: "", stderr: "" };
  for await (const { stream, bytes } of run.output) text[stream] += Buffer.from(bytes).toString("latin1");
  return text;
}

/** The first bytes of output: the program runs. */
async function firstOutput(run: RunningProcess): Promise<string> {
  const { value } = await run.output[Symbol.asyncIterator]().next();
  return Buffer.from(value?.bytes ?? [])
    .toString()
    .trim();
}

function isAlive(pid: number | undefined): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !/^[ZX]/.test(text.slice(text.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

/** Command lines of living processes that hold this word. */
function processesWith(word: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && isAlive(Number(name)))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, "latin1");
      } catch {
        return "";
      }
    })
    .filter((line) => line.includes(word));
}

const descriptors = (): number => readdirSync("/proc/self/fd").length;
const children = (): string =>
  execFileSync("/bin/ps", ["--ppid", String(process.pid), "-o", "pid="]).toString();

/** A duration for `sleep` that no other process has. */
const uniqueSleep = (): string => `6${Math.floor(Math.random() * 1e9)}.25`;

describe.each(ways)("started by %s,", (_way, startBy) => {
  beforeEach(() => {
    processes = createProcesses([], startBy);
    directory = mkdtempSync(join(tmpdir(), "palaver-processes-"));
    return () => rmSync(directory, { recursive: true, force: true });
  });

  describe("a program that ends by itself", () => {
    test("gives its output, streams apart, and its status", async () => {
      const run = processes.run(sh("echo out; echo err >&2; exit 3"));
      expect(await collect(run)).toEqual({ stdout: "out\n", stderr: "err\n" });
      expect(await run.exit).toMatchObject({ outcome: "exited", status: 3, outputBytes: 8 });
    });

    test("has status 128 + n when a signal ended it", async () => {
      expect(await processes.run(sh("kill -SEGV $$")).exit).toMatchObject({ outcome: "exited", status: 139 });
    });

    test("sees the given environment and a marker, nothing else", async () => {
      const run = processes.run(spec(["/usr/bin/env"], { env: { A: "b" } }));
      expect((await collect(run)).stdout).toMatch(/^A=b\nPALAVER_CALL=[0-9a-f]{32}\n$/);
    });

    test("finds its standard input at its end", async () => {
      const run = processes.run(spec(["/bin/cat"]));
      expect(await collect(run)).toEqual({ stdout: "", stderr: "" });
      expect(await run.exit).toMatchObject({ outcome: "exited", status: 0 });
    });

    test("gets its arguments as they are; no shell reads them", async () => {
      const hostile = ["$(id)", "`id`", "; id", "&& id", "| id", "*", "a\nb", "$HOME", "'"];
      const run = processes.run(spec(["/usr/bin/printf", "%s\\0", ...hostile]));
      expect((await collect(run)).stdout.split("\0").slice(0, -1)).toEqual(hostile);
    });
  });

  describe("a program that cannot be started", () => {
    test.each([
      ["does not exist", spec(["/nonexistent/program"])],
      ["is no program", spec(["/etc/passwd"])],
      ["gets a NUL in an argument", spec(["/bin/echo", "a\0b"])],
      ["has no working directory", spec(["/bin/echo"], { cwd: "/proc/self/nowhere" })],
    ])("and %s ends as failed with status 127", async (_, given) => {
      const run = processes.run(given);
      expect(await collect(run)).toEqual({ stdout: "", stderr: "" });
      expect(await run.exit).toMatchObject({ outcome: "failed", status: 127, outputBytes: 0 });
    });
  });

  describe("limits", () => {
    test("a program that takes too long is asked to end, then ended", async () => {
      const polite = await processes.run(spec(["/bin/sleep", "60"], { timeoutMs: 50 })).exit;
      expect(polite).toMatchObject({ outcome: "timeout", status: 143 });
      const stubborn = processes.run(sh("trap '' TERM; while :; do sleep 60; done", { timeoutMs: 1000 }));
      expect(await stubborn.exit).toMatchObject({ outcome: "timeout", status: 137 });
    });

    test("output before the time limit is delivered", async () => {
      const run = processes.run(sh("echo early; sleep 60", { timeoutMs: 1500 }));
      expect((await collect(run)).stdout).toBe("early\n");
      expect((await run.exit).outcome).toBe("timeout");
    });

    test("a stopped program dies too", async () => {
      const run = processes.run(sh("echo $$; kill -STOP $$; sleep 60", { timeoutMs: 200 }));
      expect((await run.exit).outcome).toBe("timeout");
      expect(isAlive(run.pid)).toBe(false);
    });

    test("output is cut at its limit, over both streams, and the program ended", async () => {
      const run = processes.run(sh("yes & yes err >&2", { maxOutputBytes: 10_000 }));
      const { stdout, stderr } = await collect(run);
      expect(stdout.length + stderr.length).toBe(10_000);
      expect(await run.exit).toMatchObject({ outcome: "output", outputBytes: 10_000 });
      expect(isAlive(run.pid)).toBe(false);
    });

    test("output of just the limit is whole; a byte more is cut, also when the program is through already", async () => {
      expect(await processes.run(zeros(9000)).exit).toMatchObject({ outcome: "exited", outputBytes: 9000 });
      expect(await processes.run(zeros(9001)).exit).toMatchObject({ outcome: "output", outputBytes: 9000 });
    });

    test("a slow reader slows the program and loses nothing", async () => {
      const written = join(directory, "written");
      const total = 8 * 1024 * 1024;
      const run = processes.run(
        sh(`head -c ${total} /dev/zero; touch ${written}`, { maxOutputBytes: total }),
      );
      let seen = 0;
      for await (const { bytes } of run.output) {
        if (seen === 0) {
          // Time enough for a program that need not wait; far more is unwritten than every buffer holds.
          for (let other = 0; other < 20; other++) await processes.run(spec(["/bin/true"])).exit;
          expect(existsSync(written)).toBe(false);
        }
        seen += bytes.length;
      }
      expect(seen).toBe(total);
      expect(await run.exit).toMatchObject({ outcome: "exited", outputBytes: total });
      expect(existsSync(written)).toBe(true);
    });
  });

  describe("a caller that goes away", () => {
    test("ends the program by its signal", async () => {
      const caller = new AbortController();
      const run = processes.run(sh("echo up; sleep 60", { signal: caller.signal }));
      await firstOutput(run);
      caller.abort();
      expect(await run.exit).toMatchObject({ outcome: "aborted", status: 143 });
      expect(isAlive(run.pid)).toBe(false);
    });

    test("before the start prevents it", async () => {
      const run = processes.run(sh(`touch ${directory}/started`, { signal: AbortSignal.abort() }));
      expect(await run.exit).toMatchObject({ outcome: "aborted", outputBytes: 0 });
      expect(existsSync(join(directory, "started"))).toBe(false);
    });

    test("ends the program by not reading on", async () => {
      const run = processes.run(spec(["/usr/bin/yes"], { maxOutputBytes: 2 ** 40 }));
      for await (const { bytes } of run.output) {
        expect(bytes.length).toBeGreaterThan(0);
        break;
      }
      expect((await run.exit).outcome).toBe("aborted");
      expect(isAlive(run.pid)).toBe(false);
    });

    test("and never read leaves the program to its time limit", async () => {
      const run = processes.run(spec(["/usr/bin/yes"], { maxOutputBytes: 2 ** 40, timeoutMs: 200 }));
      expect((await run.exit).outcome).toBe("timeout");
    });

    test("disposal ends what runs and starts nothing more", async () => {
      const run = processes.run(sh("echo up; sleep 60"));
      await firstOutput(run);
      await processes[Symbol.asyncDispose]();
      expect(isAlive(run.pid)).toBe(false);
      expect((await run.exit).outcome).toBe("aborted");
      expect((await processes.run(sh("true")).exit).outcome).toBe("aborted");
    });
  });

  onLinux("the whole tree", () => {
    test.each([
      ["in the background, holding the pipe", (sleep: string) => `sleep ${sleep} & echo $!`],
      ["in a session of its own", (sleep: string) => `setsid sleep ${sleep} & echo $!; sleep 0.1`],
      [
        "daemonized by a double fork, its descriptors closed",
        (sleep: string) => `setsid sh -c 'sleep ${sleep} >/dev/null 2>&1 <&- & echo $!'`,
      ],
      [
        "with a cleared environment in our session",
        (sleep: string) => `set -m; env -i sleep ${sleep} & echo $!`,
      ],
      ["stopped", (sleep: string) => `sleep ${sleep} & kill -STOP $!; echo $!`],
      ["deaf to every signal but one", (sleep: string) => `trap '' TERM HUP INT; sleep ${sleep} & echo $!`],
      [
        "many, of many",
        (sleep: string) =>
          `for i in 1 2 3 4 5; do sh -c 'for j in 1 2 3 4; do sleep ${sleep} & done; wait' & done; echo up`,
      ],
    ])("a child %s does not outlive its call", async (_, script) => {
      const sleep = uniqueSleep();
      const run = processes.run(sh(script(sleep)));
      expect((await collect(run)).stdout).toMatch(/^(\d+|up)\n$/);
      expect(await run.exit).toMatchObject({ outcome: "exited", status: 0 });
      expect(processesWith(sleep)).toEqual([]);
    });

    test("also when the time limit ends it, and a cleared environment does not hide who has a parent", async () => {
      const sleep = uniqueSleep();
      const run = processes.run(
        sh(`setsid env -i sh -c 'trap "" TERM; sleep ${sleep} & setsid sleep ${sleep} & wait'; sleep 60`, {
          timeoutMs: 1500,
        }),
      );
      expect((await run.exit).outcome).toBe("timeout");
      expect(processesWith(sleep)).toEqual([]);
    });

    test("that runs away from itself, each generation in a session of its own, is caught", async () => {
      const script = join(directory, "comet.sh");
      const generations = (): number => readFileSync(join(directory, "generations")).length;
      writeFileSync(
        script,
        `printf . >>${directory}/generations; setsid sh ${script} </dev/null >/dev/null 2>&1 &`,
      );
      const run = processes.run(sh(`sh ${script}; sleep 0.2`));
      expect((await run.exit).outcome).toBe("exited");
      const atExit = generations();
      expect(atExit).toBeGreaterThan(1);
      for (let other = 0; other < 20; other++) await processes.run(spec(["/bin/true"])).exit;
      expect(generations()).toBe(atExit);
    });

    test("and one that runs beside it is left alone", async () => {
      const sleep = uniqueSleep();
      const other = processes.run(sh(`setsid sleep ${sleep} & echo $!; wait`));
      const pid = Number(await firstOutput(other));
      await processes.run(sh("setsid sleep 60 & sleep 0.2")).exit;
      expect(isAlive(pid)).toBe(true);
    });

    test("a thousand runs leave no process, no listener, no descriptor", { timeout: 120_000 }, async () => {
      const caller = new AbortController();
      const before = { descriptors: descriptors(), exit: process.listenerCount("exit") };
      for (let batch = 0; batch < 125; batch++) {
        const runs = Array.from({ length: 8 }, () =>
          processes.run(spec(["/bin/echo", "hello"], { signal: caller.signal })),
        );
        const exits = await Promise.all(runs.map(async (run) => (await collect(run), run.exit)));
        expect(exits.every(({ status, outputBytes }) => status === 0 && outputBytes === 6)).toBe(true);
      }
      expect(getEventListeners(caller.signal, "abort")).toEqual([]);
      expect({ descriptors: descriptors(), exit: process.listenerCount("exit") }).toEqual(before);
      expect(children().trim().split("\n")).toHaveLength(1); // ps itself
    });
  });
});
