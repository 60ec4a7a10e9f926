import { getFile } from "@palaver/client";
import type { Invocation } from "../../arguments/invocation.ts";
import { placeOf } from "../../commands/place-of.ts";
import { toJsonLine } from "../../text/json-line.ts";
import { sanitizeLine } from "../../text/sanitize.ts";
import type { PipeContext } from "../pipe.ts";
import { eachFile } from "./each-file.ts";
import { createProgressBar } from "./progress-bar.ts";

/** Fetches files from the hub; prints where each is. */
export function get(
  { files, output, force, json }: Extract<Invocation, { command: "get" }>,
  context: PipeContext,
): Promise<number> {
  const { connection, stdout, stderr, signal } = context;
  const bar = createProgressBar(stderr);
  const place = output === undefined ? {} : placeOf(output);
  return eachFile(files, context, async (which) => {
    const begunAtMs = performance.now();
    try {
      const options = { ...place, force, signal, onProgress: bar.show };
      const { file, name, size, sha256, path } = await getFile(connection, which, options);
      bar.clear();
      const seconds = Math.round(performance.now() - begunAtMs) / 1000;
      await stdout.line(json ? toJsonLine({ file, name, size, sha256, path, seconds }) : sanitizeLine(path));
    } finally {
      bar.clear();
    }
  });
}
