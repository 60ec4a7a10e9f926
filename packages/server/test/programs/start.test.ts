import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import type { ProgramSpec, StartProgram } from "../../src/programs/program.ts";
import { startProgram } from "../../src/programs/start.ts";
import { eventually } from "../hub-harness.ts";
import { calls, startNatively, ways } from "./ways.ts";

const F_DUPFD = 0;
const descriptors = (): number => readdirSync("/proc/self/fd").length;

const specOf = (argv: ProgramSpec["argv"], more: Partial<ProgramSpec> = {}): ProgramSpec => ({
  argv,
  env: { PATH: "/usr/bin:/bin" },
  descriptors: ["null", "write", "write"],
  ...more,
});
const sh = (script: string, more?: Partial<ProgramSpec>): ProgramSpec =>
  specOf(["/bin/sh", "-c", script], more);

async function run(start: StartProgram, spec: ProgramSpec) {
  const { ends, ended } = start(spec);
  const [stdout, stderr] = await Promise.all([text(ends[1]!), text(ends[2]!)]);
  return { stdout, stderr, ...(await ended) };
}

describe.runIf(process.platform === "linux").each(ways)("a program started by %s", (_, start) => {
  test("has its arguments, its environment and its folder, and tells how it ended", async () => {
    const hostile = ["$(id)", "", "a\nb", "ü€😀", "'"];
    expect((await run(start, specOf(["/usr/bin/printf", "%s|", ...hostile]))).stdout).toBe(
      `${hostile.join("|")}|`,
    );
    const given = { env: { A: "ü", B: undefined }, cwd: "/usr" };
    expect((await run(start, specOf(["/usr/bin/env"], given))).stdout).toBe("A=ü\n");
    expect(await run(start, specOf(["/bin/pwd", "-P"], given))).toMatchObject({
      stdout: "/usr\n",
      status: 0,
    });
    expect(await run(start, sh("echo no >&2; exit 7"))).toEqual({
      stdout: "",
      stderr: "no\n",
      status: 7,
      signal: undefined,
    });
    expect(await run(start, sh("kill -ABRT $$"))).toMatchObject({ status: 134, signal: "SIGABRT" });
  });

  test("talks to us by what it was given", async () => {
    const { ends, ended } = start(
      sh("cat; cat <&4 >&4", { descriptors: ["read", "write", "null", "null", "both"] }),
    );
    const [stdin, stdout, , , both] = ends as readonly Socket[];
    stdin!.end("x".repeat(300_000));
    both!.end("there and back");
    expect(await text(stdout!)).toBe("x".repeat(300_000));
    expect(await text(both!)).toBe("there and back");
    expect((await ended).status).toBe(0);
  });

  test("has no descriptor of ours, and each that we have is closed when it ends", async () => {
    const file = openSync("/dev/null", "r");
    const before = descriptors();
    const { stdout } = await run(start, specOf(["/bin/ls", "/proc/self/fd"]));
    expect(stdout.split("\n")).not.toContain(String(file));
    await eventually(descriptors).toBe(before);
    closeSync(file);
  });

  test("leads a session and a group; no signal is blocked, and none ignored", async () => {
    const { pid, ends } = start(specOf(["/bin/cat", "/proc/self/stat", "/proc/self/status"]));
    const said = await text(ends[1]!);
    const [parent, group, session] = /\) R (\d+) (\d+) (\d+)/.exec(said)!.slice(1).map(Number);
    expect({ parent, group, session }).toEqual({ parent: process.pid, group: pid, session: pid });
    expect(said).toMatch(/^SigBlk:\t0+\nSigIgn:\t0+\n/m);
  });

  test("can be killed, and to kill what has ended does nothing", async () => {
    const program = start(specOf(["/bin/sleep", "600"]));
    program.kill();
    expect(await program.ended).toEqual({ status: 137, signal: "SIGKILL" });
    program.kill();
  });

  test.each([
    ["does not exist", specOf(["/nonexistent/program"])],
    ["is no program", specOf(["/etc/passwd"])],
    ["gets a NUL in an argument", specOf(["/bin/echo", "a\0b"])],
    ["has a NUL in its environment", specOf(["/bin/echo"], { env: { A: "\0" } })],
    ["has no working directory", specOf(["/bin/echo"], { cwd: "/nonexistent" })],
  ])("or that %s is refused, and leaves nothing open", async (_what, spec) => {
    const before = descriptors();
    expect(() => start({ ...spec, descriptors: ["read", "write", "both"] })).toThrow();
    await eventually(descriptors).toBe(before);
  });

  test("is refused when no descriptor is left for it", async () => {
    const limits = (...words: readonly string[]) =>
      execFileSync("prlimit", ["--pid", String(process.pid), ...words]).toString();
    const before = limits("--nofile", "--raw", "--noheadings", "--output", "SOFT").trim();
    limits("--nofile=300:");
    const files: number[] = [];
    const openBefore = descriptors();
    const all: ProgramSpec = {
      ...specOf(["/bin/true"]),
      descriptors: ["read", "write", "write", "both", "both"],
    };
    try {
      expect(() => {
        for (;;) files.push(openSync("/dev/null", "r"));
      }).toThrow("EMFILE");
      // With each more that is left it comes further.
      const outcomes = new Set<string>();
      for (let left = 1; left <= 30; left++) {
        closeSync(files.pop()!);
        try {
          const { ended, ends } = start(all);
          outcomes.add("started");
          await ended;
          for (const end of ends) end?.destroy();
        } catch {
          outcomes.add("refused");
        }
      }
      expect([...outcomes]).toEqual(["refused", "started"]);
    } finally {
      for (const file of files) closeSync(file);
      limits(`--nofile=${before}:`);
    }
    await eventually(descriptors).toBeLessThanOrEqual(openBefore);
    expect((await run(start, sh("exit 3"))).status).toBe(3);
  });

  test("ends for us, and those of others for them", async () => {
    const ours = Array.from({ length: 40 }, (_one, index) => start(sh(`exit ${index}`)));
    const others = ours.map((_one, index) => spawn("/bin/sh", ["-c", `exit ${100 + index}`]));
    const exits = others.map(async (child) => (await once(child, "exit"))[0] as number);
    for (const { ends } of ours) for (const end of ends) end?.destroy();
    const statuses = (await Promise.all(ours.map(({ ended }) => ended))).map(({ status }) => status);
    expect(statuses).toEqual(ours.map((_one, index) => index));
    expect(await Promise.all(exits)).toEqual(others.map((_one, index) => 100 + index));
  });
});

describe.runIf(startNatively)("posix_spawn", () => {
  test("closes also what somebody left open for programs", async () => {
    const file = openSync("/dev/null", "r");
    const left = calls!.fcntl(file, F_DUPFD, "int", 50);
    // The last one is the listing's own.
    expect((await run(startNatively!, specOf(["/bin/ls", "/proc/self/fd"]))).stdout).toBe("0\n1\n2\n3\n");
    closeSync(left);
    closeSync(file);
  });

  test("ends are seen also when nobody hears the signal", async () => {
    const listeners = process.listeners("SIGCHLD");
    process.removeAllListeners("SIGCHLD");
    try {
      expect((await startNatively!(sh("exit 5")).ended).status).toBe(5);
    } finally {
      for (const listener of listeners) process.on("SIGCHLD", listener);
    }
  });
});

test("a script without a first line that says so runs, whatever the kernel thinks of it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "palaver-start-"));
  const script = join(folder, "script");
  writeFileSync(script, "echo ran\n", { mode: 0o755 });
  expect((await run(startProgram, specOf([script]))).stdout).toBe("ran\n");
  rmSync(folder, { recursive: true });
});
