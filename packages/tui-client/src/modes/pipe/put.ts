import { putFile } from "@palaver/client";
import type { Invocation } from "../../arguments/invocation.ts";
import { toJsonLine } from "../../text/json-line.ts";
import { sanitizeLine } from "../../text/sanitize.ts";
import { formatSize } from "../../text/size.ts";
import type { PipeContext } from "../pipe.ts";
import { eachFile } from "./each-file.ts";
import { createProgressBar } from "./progress-bar.ts";

/** Stores files on the hub; prints the number of each. */
export async function put(
  { files, room, json }: Extract<Invocation, { command: "put" }>,
  context: PipeContext,
): Promise<number> {
  const { connection, stdout, stderr, patience, signal } = context;
  if (room !== undefined) await patience.wait(connection.join(room, { signal }));
  const bar = createProgressBar(stderr);
  return eachFile(files, context, async (path) => {
    const begunAtMs = performance.now();
    try {
      const stored = await putFile(connection, path, { room, signal, onProgress: bar.show });
      bar.clear();
      const { file, name, size, sha256 } = stored;
      const seconds = Math.round(performance.now() - begunAtMs) / 1000;
      await stdout.line(
        json
          ? toJsonLine({ file, name, size, sha256, path, seconds })
          : `${file}  ${sanitizeLine(name)}  ${formatSize(size)}`,
      );
    } finally {
      bar.clear();
    }
  });
}
