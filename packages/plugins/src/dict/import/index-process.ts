// Runs as a process of its own, started by dictionary-files.ts: the hub's memory and its loop stay out of the work.
import { rmSync } from "node:fs";
import { buildIndex } from "../dictionary-files/index-build.ts";
import type { ImportMessage } from "./run-import.ts";

const [main = "", draft = "", target = ""] = process.argv.slice(2);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
const leave = () => process.exit();
process.on("disconnect", leave);
process.on("exit", () => rmSync(draft, { force: true }));

try {
  await buildIndex(main, draft, target);
} catch (error) {
  const message: ImportMessage = { error: error instanceof Error ? error.message : String(error) };
  process.send?.(message);
  process.exitCode = 1;
}
// The natural end, see build-process.ts.
process.off("disconnect", leave);
process.disconnect?.();
