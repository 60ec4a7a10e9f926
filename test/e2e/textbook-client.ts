import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { startProgram } from "./program.ts";
import { findTool } from "./tools.ts";

export type Shape = "strlen" | "strlen+1" | "buffer" | "string" | "bytes";

/** Compiles the C client into a folder; gives back what sends one word in a shape and gives its answer. */
export function compileTextbookClient(
  folder: string,
): (shape: Shape, port: number, word: string) => Promise<string> {
  const program = join(folder, "textbook-client");
  const source = join(import.meta.dirname, "textbook-client.c");
  execFileSync(findTool("gcc"), ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", program, source]);
  return async (shape, port, word) => {
    await using client = startProgram(program, [shape, String(port), word]);
    const { code, stdout } = await client.exited;
    if (code !== 0) throw new Error(`no answer to ${word} sent as ${shape} (exit ${code})`);
    return stdout;
  };
}
