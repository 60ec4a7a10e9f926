import { removeFile } from "@palaver/client";
import type { Invocation } from "../../arguments/invocation.ts";
import { toJsonLine } from "../../text/json-line.ts";
import { sanitizeLine } from "../../text/sanitize.ts";
import type { PipeContext } from "../pipe.ts";
import { eachFile } from "./each-file.ts";

/** Removes files of ours from the hub. */
export function rm(
  { files, json }: Extract<Invocation, { command: "rm" }>,
  context: PipeContext,
): Promise<number> {
  const { connection, stdout, patience, signal } = context;
  return eachFile(files, context, async (which) => {
    const { file, name } = await patience.wait(removeFile(connection, which, { signal }));
    await stdout.line(json ? toJsonLine({ file, name }) : `removed ${file}  ${sanitizeLine(name)}`);
  });
}
