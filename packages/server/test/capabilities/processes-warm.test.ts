import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { ProcessSpec } from "@palaver/plugin-api";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findTool } from "../../../../test/e2e/tools.ts";
import { createProcesses } from "../../src/capabilities/processes.ts";
import { sendSignal, tryReadEntry } from "../../src/capabilities/processes-table.ts";
import { ways } from "../programs/ways.ts";
import { closed, spec as anySpec } from "./process-spec.ts";

/** A limit that no other test sets: its shell is known by it. */
const memoryKib = 3_000_000 + Math.floor(Math.random() * 1_000_000);
const limits = { memoryBytes: memoryKib * 1024, openFiles: 77, fileBytes: 1024 * 1024 };

let processes: ReturnType<typeof createProcesses>;
afterEach(() => processes[Symbol.asyncDispose]());

const spec = (argv: ProcessSpec["argv"], more: Partial<ProcessSpec> = {}): ProcessSpec =>
  anySpec(argv, { limits, ...more });

async function run(wanted: ProcessSpec) {
  const running = processes.run(wanted);
  const text = { stdout: "", stderr: "" };
  for await (const { stream, bytes } of running.output) text[stream] += Buffer.from(bytes).toString();
  return { ...text, ...(await running.exit), pid: running.pid };
}

/** Shells and sandboxes of these tests that wait for a program. */
function waiting(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandLine(pid).includes(`ulimit -v ${memoryKib}`));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** By then what would take the next call has been started, in a turn of its own. */
const startedAhead = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** The same call, until one waits that would take the next. */
async function untilOneWaits(wanted: ProcessSpec): Promise<void> {
  await vi.waitFor(async () => {
    await run(wanted);
    await startedAhead();
    expect(waiting()).not.toEqual([]);
  }, 10_000);
}

/** The result of a call for which a shell waited: its own process, on a busy machine not at the first attempt. */
async function runWarm(wanted: ProcessSpec, before: ProcessSpec = wanted) {
  return vi.waitFor(async () => {
    await untilOneWaits(before);
    const ready = waiting();
    const result = await run(wanted);
    expect(ready).toContain(result.pid);
    return result;
  }, 10_000);
}

test("nothing waits after a call, nor after two that differ", async () => {
  processes = createProcesses();
  await run(spec(["/bin/true"]));
  await run(spec(["/bin/true"], { env: { OTHER: "1" } }));
  await startedAhead();
  expect(waiting()).toEqual([]);
});

describe.each(ways)("started by %s,", (_way, startBy) => {
  beforeEach(() => {
    findTool("bwrap");
    processes = createProcesses([], startBy);
  });

  describe.each([
    ["with limits", {}],
    ["in a sandbox", { sandbox: closed, limits: { ...limits, processes: 50 } }],
  ])("%s,", (_what, more) => {
    const cold = (wanted: ProcessSpec) => run({ ...wanted, env: { ...wanted.env, PALAVER_COLD: "" } });

    test("a program in a row finds what the first one found: limits, descriptors, environment, folder", async () => {
      const look = "ulimit -a; for it in /proc/$$/fd/*; do echo ${it##*/}; done; env; pwd; cat";
      const wanted = spec(["/bin/sh", "-c", look], { cwd: "/usr", ...more, input: Buffer.from("given") });
      const known = (text: string) => text.replace(/^PALAVER_.*\n/gm, "");
      const first = await cold(wanted);
      expect(first.stdout).toMatch(/given$/);
      const inRow = await runWarm(wanted);
      expect(inRow.stderr).toBe(first.stderr);
      expect(known(inRow.stdout)).toBe(known(first.stdout));
    });

    test("words come as they are, whatever they hold", async () => {
      const hostile = [
        "",
        " ",
        " two  blanks ",
        "-n",
        "\\n\\",
        "'\"`$(id)$HOME*?;&|<>#~!",
        "\t\r\u0001\u0080\u0081\u0088\u00ff",
        "Ё中é\u{1f600}",
        "PALAVER_COUNT=9",
        "9",
      ];
      const show = spec(["/usr/bin/printf", "%s\\0", ...hostile], more);
      const { stdout, status } = await runWarm(show, spec(["/bin/true"], more));
      expect(stdout.split("\0").slice(0, -1)).toEqual(hostile);
      expect(status).toBe(0);
    });

    test.each([
      ["a line's end", ["a\nb", "c"]],
      ["more than a pipe takes", ["x".repeat(5000)]],
    ])("words that cannot be told to it go without: %s", async (_kind, words) => {
      const before = spec(["/bin/true"], more);
      await untilOneWaits(before);
      const { stdout } = await run(spec(["/usr/bin/printf", "%s\\0", ...words], more));
      expect(stdout.split("\0").slice(0, -1)).toEqual(words);
    });

    test("one that nobody calls for is gone soon", async () => {
      await untilOneWaits(spec(["/bin/true"], more));
      await vi.waitFor(() => expect(waiting()).toEqual([]), 5000);
    });

    test("one that was killed takes no call", async () => {
      const wanted = spec(["/bin/echo", "here"], more);
      await untilOneWaits(wanted);
      const killed = waiting();
      for (const pid of killed) process.kill(pid, "SIGKILL");
      await vi.waitFor(() => expect(killed.filter((pid) => tryReadEntry(pid))).toEqual([]), 5000);
      expect(await run(wanted)).toMatchObject({ stdout: "here\n", outcome: "exited", status: 0 });
    });

    test("it has its variables, whatever they are called", async () => {
      const env = { PALAVER_START: "1", PALAVER_WORD: "2", PALAVER_COUNT: "3", REPLY: "4" };
      const { stdout } = await run(spec(["/usr/bin/env"], { ...more, env }));
      for (const [name, value] of Object.entries(env)) expect(stdout).toContain(`${name}=${value}\n`);
    });

    test("one that was killed leaves nothing, however far it was", async () => {
      const leaders = () => waiting().filter((pid) => tryReadEntry(pid)?.group === pid);
      for (let times = 0; times < 40; times++) {
        await run(spec(["/bin/true"], more));
        await startedAhead();
        for (const untilMs = performance.now() + (times % 20) / 5; performance.now() < untilMs;);
        for (const pid of leaders()) sendSignal(pid, "SIGKILL");
      }
      await vi.waitFor(() => expect(waiting()).toEqual([]), 5000);
    });

    test("disposal ends it, and leaves no descriptor", async () => {
      const before = readdirSync("/proc/self/fd").length;
      await untilOneWaits(spec(["/bin/true"], more));
      await processes[Symbol.asyncDispose]();
      expect(waiting()).toEqual([]);
      await vi.waitFor(() => expect(readdirSync("/proc/self/fd")).toHaveLength(before));
    });

    test("what it becomes is ended with all that it started", async () => {
      const duration = `7${Math.floor(Math.random() * 1e9)}.25`;
      const script = `setsid sleep ${duration} & sleep ${duration} & echo up`;
      expect(await runWarm(spec(["/bin/sh", "-c", script], more), spec(["/bin/true"], more))).toMatchObject({
        stdout: "up\n",
        outcome: "exited",
      });
      const left = readdirSync("/proc").filter((pid) => commandLine(Number(pid)).includes(duration));
      expect(left).toEqual([]);
      const late = spec(["/bin/sleep", duration], { ...more, timeoutMs: 60 });
      expect(await runWarm(late, spec(["/bin/true"], more))).toMatchObject({ outcome: "timeout" });
    });

    test("many at once run all", async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) => run(spec(["/bin/echo", String(index)], more))),
      );
      expect(answers.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 40 }, (_, n) => n));
    });
  });

  test("a folder in the place of another is the one that is seen, also when it has its number", async () => {
    const place = mkdtempSync(join(tmpdir(), "palaver-warm-"));
    using _ = { [Symbol.dispose]: () => rmSync(place, { recursive: true, force: true }) };
    const shown = join(place, "shown");
    const wanted = spec(["/bin/cat", join(shown, "which")], { sandbox: { ...closed, readable: [shown] } });
    for (let turn = 0; turn < 10; turn++) {
      rmSync(shown, { recursive: true, force: true });
      mkdirSync(shown);
      writeFileSync(join(shown, "which"), String(turn));
      expect((await run(wanted)).stdout).toBe(String(turn));
      expect((await run(wanted)).stdout).toBe(String(turn));
    }
  });

  test("a call without a folder of its own gets none that waits in /", async () => {
    await untilOneWaits(spec(["/bin/pwd"], { cwd: "/" }));
    expect((await run(spec(["/bin/pwd"]))).stdout).toBe(`${process.cwd()}\n`);
  });

  test("a path that leads nowhere is left out", async () => {
    const place = mkdtempSync(join(tmpdir(), "palaver-warm-"));
    using _ = { [Symbol.dispose]: () => rmSync(place, { recursive: true, force: true }) };
    symlinkSync("loop", join(place, "loop"));
    const readable = [join(place, "loop"), `/tmp/${"x".repeat(300)}`];
    const wanted = spec(["/bin/echo", "here"], { sandbox: { ...closed, readable } });
    expect((await runWarm(wanted)).stdout).toBe("here\n");
  });

  test("nothing waits that would count among its user's processes", async () => {
    const wanted = spec(["/bin/true"], { limits: { ...limits, processes: 5000 } });
    for (let times = 0; times < 3; times++) await run(wanted);
    await startedAhead();
    expect(waiting()).toEqual([]);
  });

  test("a limit that keeps the shell from working, or the program from starting, does so each time", async () => {
    const few = spec(["/bin/echo", "here"], { limits: { ...limits, openFiles: 8 } });
    const none = spec(["/bin/echo", "here"], { limits: { ...limits, memoryBytes: 64 * 1024 } });
    const { status } = await run(none);
    expect(status).not.toBe(0);
    for (let times = 0; times < 10; times++) {
      expect(await run(few)).toMatchObject({ stdout: "here\n", stderr: "", status: 0 });
      expect(await run(none)).toMatchObject({ stdout: "", status });
    }
  });
});

test("what waits ends with a hub that is killed", async () => {
  processes = createProcesses();
  const folder = mkdtempSync(join(homedir(), ".palaver-warm-"));
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
  const source = JSON.stringify(new URL("../../src/capabilities/processes.ts", import.meta.url).href);
  const script = `
    const { createProcesses } = await import(${source});
    const processes = createProcesses();
    const call = { argv: ["/bin/true"], env: {}, timeoutMs: 9000, maxOutputBytes: 100 };
    for (const sandbox of [undefined, ${JSON.stringify(closed)}]) {
      for (let times = 0; times < 3; times++) {
        const signal = new AbortController().signal;
        await processes.run({ ...call, signal, sandbox, limits: { memoryBytes: ${memoryKib * 1024} } }).exit;
      }
    }
    setImmediate(() => setImmediate(() => { console.log("ready"); for (;;); }));`;
  const file = join(folder, "hub.mts");
  writeFileSync(file, script);
  const hub = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  using _hub = { [Symbol.dispose]: () => void hub.kill("SIGKILL") };
  await once(hub.stdout, "data");
  const shells = () => waiting().filter((pid) => commandLine(pid).startsWith("/bin/sh"));
  await vi.waitFor(() => expect(shells()).toHaveLength(2), 5000);
  hub.kill("SIGKILL");
  await once(hub, "exit");
  await vi.waitFor(() => expect(waiting()).toEqual([]), 5000);
});
