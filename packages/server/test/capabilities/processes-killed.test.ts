import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { createTemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";
import { findTool } from "../../../../test/e2e/tools.ts";
import { createProcesses } from "../../src/capabilities/processes.ts";
import { sendSignal } from "../../src/capabilities/processes-table.ts";
import { closed, spec } from "./process-spec.ts";

/** Something to sleep for that no other test has, and all processes that have it among their arguments or variables. */
function markedSleep() {
  const duration = `6${Math.floor(Math.random() * 1e9)}.25`;
  const read = (pid: string, file: string): readonly string[] => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
    } catch {
      return [];
    }
  };
  const env = { MARK: duration };
  const isMarked = (pid: string) =>
    read(pid, "cmdline").includes(duration) || read(pid, "environ").includes(`MARK=${duration}`);
  const left = () =>
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && isMarked(name))
      .map((pid) => ({ pid: Number(pid), program: read(pid, "cmdline")[0] }));
  onTestFinished(() => {
    for (const { pid } of left()) sendSignal(pid, "SIGKILL");
  });
  /** Of those that neither end nor begin any more. */
  const settled = async () => {
    for (let before = "-"; ; await delay(300)) {
      const now = left();
      if (JSON.stringify(now) === before) return now;
      before = JSON.stringify(now);
    }
  };
  return { argv: ["/bin/sleep", duration] as const, env, settled };
}

const afterMs = [10, 15, 20, 25];
test.each(afterMs)(
  "no program goes on that a hub was starting in a sandbox, killed after %d ms",
  async (ms) => {
    findTool("bwrap");
    const { argv, env, settled } = markedSleep();
    const source = JSON.stringify(new URL("../../src/capabilities/processes.ts", import.meta.url).href);
    const script = `
    const { createProcesses } = await import(${source});
    const processes = createProcesses();
    const call = { ...${JSON.stringify({ argv, env })}, timeoutMs: 9000, maxOutputBytes: 100 };
    for (let times = 0; times < 20; times++)
      processes.run({ ...call, signal: new AbortController().signal, sandbox: ${JSON.stringify(closed)} });
    await new Promise((resolve) => setTimeout(resolve, ${ms}));
    process.kill(process.pid, "SIGKILL");`;
    const hub = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
      stdio: "inherit",
    });
    expect(await once(hub, "exit")).toEqual([null, "SIGKILL"]);
    // Bubblewrap's own child, which waits for it, is said in docs/exec.md.
    expect((await settled()).filter(({ program }) => !program?.endsWith("bwrap"))).toEqual([]);
  },
);

test("a call that is given up before its sandbox is complete never begins", async () => {
  findTool("bwrap");
  await using processes = createProcesses();
  const folder = createTemporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const sandbox = { ...closed, writable: [folder.path] };
  const argv = ["/bin/sh", "-c", `: > ${folder.path}/begun; exec sleep 5`] as const;
  // The first one alone, then in a row, for which sandboxes are built ahead.
  for (let times = 0; times < 10; times++) {
    const caller = new AbortController();
    const { exit } = processes.run(spec(argv, { sandbox, signal: caller.signal }));
    caller.abort();
    expect(await exit).toMatchObject({ outcome: "aborted", status: 143 });
  }
  expect(readdirSync(folder.path)).toEqual([]);
});

test("bubblewrap that somebody kills halfway leaves nothing", async () => {
  findTool("bwrap");
  await using processes = createProcesses();
  const { argv, settled } = markedSleep();
  for (let times = 0; times < 40; times++) {
    const { pid, exit } = processes.run(spec(argv, { sandbox: closed }));
    // Without a timer: these have a millisecond at least.
    for (const untilMs = performance.now() + (times % 20) / 4; performance.now() < untilMs;);
    sendSignal(pid!, "SIGKILL");
    expect(await exit).toMatchObject({ outcome: "exited", status: 137 });
  }
  expect(await settled()).toEqual([]);
});
