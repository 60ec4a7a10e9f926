import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../../src/log/log.ts";
import { escapeJsonLine } from "../../src/log/safe-line.ts";
import { createStandardError } from "../../src/log/standard-error.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "palaver-log-"))));
afterEach(() => rmSync(directory, { recursive: true }));

type Line = Record<string, unknown> & { msg: string };
const linesOf = (name: string) =>
  readFileSync(join(directory, name), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

const openFiles = (level: "trace" | "info" = "info") =>
  createLog({ level, format: "json", directory }, { toStandardError: false, isTerminal: false });

// All that a terminal or an editor might obey: C0, DEL, C1, bidirectional marks, line separators, tags, a lone half.
const hostile = 'a\u001b[31m\n{"level":"fatal"}\r\u0007\u007f\u009b2J\u202e\u2028\u{e0041}\ud800z';

describe("the log files", () => {
  it("are palaver.log with everything at the level and palaver.error.log with errors", async () => {
    const { logger, close } = await openFiles();
    logger.debug("too fine");
    logger.info({ peers: 3 }, "fine");
    logger.child({ plugin: "dict" }).error("bad");
    logger.fatal("worse");
    await close();
    expect(linesOf("palaver.log").map(({ level, msg }) => [level, msg])).toEqual([
      ["info", "fine"],
      ["error", "bad"],
      ["fatal", "worse"],
    ]);
    expect(linesOf("palaver.error.log")).toMatchObject([{ msg: "bad", plugin: "dict" }, { msg: "worse" }]);
    expect(linesOf("palaver.log")[0]).toMatchObject({ peers: 3, pid: process.pid });
    expect(Date.parse(linesOf("palaver.log")[0]!["time"] as string)).not.toBeNaN();
  });

  it("hold what came from outside as it came, in one line, with no character that does something", async () => {
    const { logger, close } = await openFiles();
    logger.info({ text: hostile, [`key${hostile}`]: [hostile] }, hostile);
    logger.child({ room: hostile }).info("child");
    await close();
    expect(readFileSync(join(directory, "palaver.log"), "utf8").replaceAll("\n", "")).toMatch(
      /^[^\p{C}\p{Zl}\p{Zp}]+$/u,
    );
    const [line, child] = linesOf("palaver.log");
    expect(line).toMatchObject({ msg: hostile, text: hostile, [`key${hostile}`]: [hostile] });
    expect(child?.["room"]).toBe(hostile);
  });

  it("hold at most 1,000 characters a field, 100 entries a list and five levels", async () => {
    const { logger, close } = await openFiles();
    const long = "x".repeat(100_000);
    const circle: Record<string, unknown> = {};
    circle["again"] = circle;
    const list = Array.from({ length: 5000 }, () => 1);
    logger.info({ long, inner: { long }, list, circle, bytes: Buffer.alloc(5000) }, long);
    logger.error({ err: new Error(long, { cause: new Error(long) }) }, "failed");
    await close();
    const [line, failed] = linesOf("palaver.log");
    const cut = `${"x".repeat(1000)}… (100000 characters)`;
    expect(line).toMatchObject({ msg: cut, long: cut, inner: { long: cut }, bytes: "5000 bytes" });
    expect(line!["list"]).toHaveLength(100);
    expect(JSON.stringify(failed).length).toBeLessThan(6000);
  });

  it("say of an error what it is and where", async () => {
    const { logger, close } = await openFiles();
    logger.error({ err: new TypeError("no such thing"), other: new Error("too") }, "failed");
    logger.error(new RangeError("alone"));
    await close();
    const [first, second] = linesOf("palaver.error.log");
    expect(first).toMatchObject({
      err: { type: "TypeError", message: "no such thing" },
      other: { message: "too" },
    });
    expect((first!["err"] as { stack: string }).stack).toContain("log.test.ts");
    expect(second).toMatchObject({ msg: "alone", err: { type: "RangeError" } });
  });

  it("are refused when the directory is none", async () => {
    const config = { level: "info", format: "json", directory: "/dev/null/x" } as const;
    await expect(createLog(config, { toStandardError: false, isTerminal: false })).rejects.toThrow();
  });
});

describe("standard error", () => {
  async function write(
    format: "json" | "pretty",
    lines: readonly object[],
    isTerminal = false,
  ): Promise<string> {
    const file = join(directory, "stderr");
    const fd = openSync(file, "w");
    const output = await createStandardError(format, isTerminal, fd);
    for (const line of lines) output.write(`${JSON.stringify(line)}\n`);
    output.release();
    await output.end();
    return readFileSync(file, "utf8");
  }
  const info = (fields: object) => ({ level: "info", time: "2026-11-20T10:00:00.000Z", pid: 1, ...fields });

  it("is JSON lines", async () => {
    expect(await write("json", [info({ msg: "one" }), info({ msg: "two" })])).toMatch(
      /^\{.*"one"\}\n\{.*"two"\}\n$/,
    );
  });

  it("is pretty for people, with colours on a terminal only", async () => {
    const line = info({ msg: "listening", url: "udp://[::]:1" });
    expect(await write("pretty", [line])).toMatch(
      /^\[[\d:.]+\] INFO: listening \{"url":"udp:\/\/\[::\]:1"\}\n$/,
    );
    expect(await write("pretty", [line], true)).toContain("\u001b[32mINFO\u001b[39m");
  });

  it.each(["json", "pretty"] as const)("gives a terminal nothing to obey: %s", async (format) => {
    const err = { type: "Error", message: hostile, stack: `Error: ${hostile}\n    at x.js:1:1` };
    const text = await write(format, [
      info({ msg: hostile, text: hostile, [hostile]: { deep: hostile } }),
      info({ err }),
    ]);
    expect(text).toContain("deep");
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    // A forged line would begin at the left margin.
    expect(text.split("\n").filter((line) => line.startsWith('{"level":"fatal"'))).toEqual([]);
  });

  it("shows nothing of a start that was refused", async () => {
    const file = join(directory, "stderr");
    const output = await createStandardError("json", false, openSync(file, "w"));
    output.write("early\n");
    output.discard();
    output.release();
    output.write("late\n");
    await output.end();
    expect(readFileSync(file, "utf8")).toBe("late\n");
  });

  it("goes on when nothing can be written to it", async () => {
    // Every write to it fails.
    const output = await createStandardError("json", false, openSync("/dev/full", "w"));
    output.release();
    output.write("into the void\n");
    await output.end();
    output.write("after the end\n");
  });
});

it("a reader that stands still neither holds the process nor fills its memory", async () => {
  const program = `
    import { createLog } from ${JSON.stringify(new URL("../../src/log/log.ts", import.meta.url).href)};
    const config = { level: "info", format: "json", directory: undefined };
    const log = await createLog(config, { toStandardError: true, isTerminal: false });
    log.release();
    for (let line = 0; line < 100_000; line++) log.logger.info({ text: "x".repeat(1000) }, "filling");
    // What is kept for the reader is text that lives outside the heap as well as in it.
    if (process.memoryUsage().rss > 300 * 1024 * 1024) process.exit(8);
    await log.close();
    process.exit(7);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    expect(await once(child, "exit")).toEqual([7, null]);
  } finally {
    child.kill("SIGKILL");
  }
});

it("escaping keeps the value and touches nothing that is harmless", () => {
  const harmless = '{"msg":"苹果 ~ é 👩\u200d👩"}'.replace("\u200d", "");
  expect(escapeJsonLine(`${harmless}\n`)).toBe(`${harmless}\n`);
  const line = JSON.stringify({ msg: hostile });
  expect(JSON.parse(escapeJsonLine(line))).toEqual({ msg: hostile });
});
