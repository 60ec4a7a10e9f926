import { HubError } from "@palaver/client";
import { EXIT } from "../../exit.ts";
import { reasonOfFile } from "../../text/reason.ts";
import { sanitizeLine } from "../../text/sanitize.ts";
import type { PipeContext } from "../pipe.ts";

/** One after the other; what fails is said, the rest is done all the same. */
export async function eachFile(
  files: readonly string[],
  { stderr, signal, words }: PipeContext,
  task: (file: string) => Promise<void>,
): Promise<number> {
  let status: number = EXIT.done;
  for (const file of files) {
    try {
      await task(file);
    } catch (error) {
      const isOver = error instanceof HubError && error.code === "CLOSED";
      if (signal.aborted || isOver) throw error;
      const reason = reasonOfFile(error, file, words);
      const said = file !== "" && reason.startsWith(`${file} `) ? reason : `${file}: ${reason}`;
      await stderr.line(`palaver: ${sanitizeLine(said)}`);
      status = EXIT.failed;
    }
  }
  return status;
}
