import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createWorkerProcess, type WorkerProcess } from "../../../src/plugin-host/worker/worker-process.ts";
import { processesWith } from "../../capabilities/processes-with.ts";
import { eventually } from "../../hub-harness.ts";
import { ways } from "../../programs/ways.ts";

const plugin = `
import { writeSync } from "node:fs";
const misdeeds = {
  fine: () => "fine",
  limits: () => process.execArgv.join(" "),
  "long header": () => (writeSync(3, Buffer.from([0, 0, 64, 1])), new Promise(() => {})),
  "long data": () => ({ text: "x", data: "x".repeat(5_000_000) }),
  rubbish: () => (writeSync(3, Buffer.from([3, 0, 0, 0, 1, 2, 3])), new Promise(() => {})),
  killed: () => process.kill(process.pid, "SIGKILL"),
  exits: () => process.exit(7),
};
export default {
  name: "local",
  api: 1,
  setup: () => (console.log("printed here"), { text: ({ text }) => misdeeds[text]() }),
};
`;

let folder: string;
let printed: string;
let faults: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palaver-worker-"));
  writeFileSync(join(folder, "local.ts"), plugin);
  [printed, faults] = ["", []];
});
afterEach(() => rmSync(folder, { recursive: true }));

// Children of ours.
const children = () => processesWith(folder);

const first = async (worker: WorkerProcess, text: string): Promise<unknown> => {
  const { signal } = new AbortController();
  for await (const reply of worker.call(undefined, undefined, { text, signal })) return reply;
  return undefined;
};

describe.each(ways)("a worker started by %s", (_way, startBy) => {
  async function setUp(): Promise<WorkerProcess> {
    const worker = createWorkerProcess(
      {
        wanted: { name: "local", from: "./local.ts", directory: folder, taken: ["local"] },
        dataDir: folder,
        memoryMib: 64,
        createAsks: () => ({ perform: () => undefined, [Symbol.dispose]() {} }),
        onFault: (error) => faults.push((error as Error).message),
        onFile() {},
        onPrinted: (text) => (printed += text),
      },
      startBy,
    );
    await worker.load();
    await worker.setUp([]);
    return worker;
  }

  test("answers until it is unloaded, and leaves neither process nor descriptor", async () => {
    const descriptors = () => readdirSync("/proc/self/fd").length;
    // Node keeps one for itself from its first start on.
    await (await setUp()).unload();
    await eventually(children).toEqual([]);
    const before = descriptors();
    const worker = await setUp();
    expect(await first(worker, "fine")).toBe("fine");
    expect(await first(worker, "limits")).toBe("--max-old-space-size=64 --single-threaded");
    await eventually(() => printed).toBe("printed here\nprinted here\n");
    await worker.unload();
    await eventually(children).toEqual([]);
    await eventually(descriptors).toBe(before);
    expect(faults).toEqual([]);
  });

  test.each([
    ["says that a message is longer than it may be", "long header", "sent what is no message"],
    ["sends what is no message", "rubbish", "sent what is no message"],
    ["is killed", "killed", "ended by itself with SIGKILL"],
    ["ends", "exits", "ended by itself with status 7"],
  ])("and that %s is ended and named", async (_what, misdeed, words) => {
    const worker = await setUp();
    await expect(first(worker, misdeed)).rejects.toThrow("local had to be ended; ask again.");
    expect(worker.isAlive).toBe(false);
    expect(faults).toEqual([expect.stringContaining(words)]);
    await eventually(children).toEqual([]);
  });

  test("lives on when a reply is more than the hub takes", async () => {
    const worker = await setUp();
    await expect(first(worker, "long data")).rejects.toThrow("4194304 at most");
    expect(await first(worker, "fine")).toBe("fine");
    await worker.unload();
  });
});
