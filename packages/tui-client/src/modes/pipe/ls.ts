import { listFiles } from "@palaver/client";
import { EXIT } from "../../exit.ts";
import { toJsonLine } from "../../text/json-line.ts";
import { sanitizeLine, sanitizeName } from "../../text/sanitize.ts";
import { formatSize } from "../../text/size.ts";
import type { PipeContext } from "../pipe.ts";

/** Prints the files that we may fetch, the newest first. */
export async function ls(
  { json }: { readonly json: boolean },
  { connection, stdout, signal }: PipeContext,
): Promise<number> {
  for await (const info of listFiles(connection, { signal })) {
    const at = new Date(info.at).toISOString();
    if (json) {
      await stdout.line(toJsonLine({ ...info, at }));
      continue;
    }
    const who = info.from === "" ? "" : `  ${sanitizeName(info.from)}`;
    const where = info.room === undefined ? "" : `  #${sanitizeName(info.room)}`;
    await stdout.line(
      `${info.file}  ${sanitizeLine(info.name)}  ${formatSize(info.size)}  ${at}${who}${where}`,
    );
  }
  return EXIT.done;
}
