import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "./program.ts";

test("10,000 messages, 200 more a second and typing all the time fit into a frame and into the memory", async () => {
  const bench = join(import.meta.dirname, "../../bench/client-frame.ts");
  const { code, stdout } = await runCommand(bench, ["2"]);
  expect(code).toBe(0);
  const numbers = (pattern: RegExp) => (pattern.exec(stdout) ?? []).slice(1).map(Number);
  // On the processor, and the usual frame: whatever else this machine does meanwhile makes both no longer.
  const [usualMs] = numbers(/processor time of a frame: p50 ([\d.]+) ms/);
  expect(usualMs).toBeLessThan(16);
  const [peakMb = 0, benchMb = 0] = numbers(/([\d.]+) at most; ([\d.]+) MB of it/);
  expect(peakMb - benchMb).toBeLessThanOrEqual(150);
});
