import type { RunPiece } from "@palaver/client";
import { createControlStripper } from "../text/control-stripper.ts";
import type { ChatActions } from "./chat-actions.ts";

/** Lines of one command's output that are shown; a flood must not push the talk out of the timeline. */
const MAX_OUTPUT_LINES = 500;

/** Runs a command on the hub and shows what it prints. */
export async function runHubCommand(
  actions: ChatActions,
  name: string,
  argv: readonly string[],
): Promise<void> {
  const remote = actions.connection.run(name, argv, { signal: actions.signal });
  remote.status.catch(() => {});
  const shown = createLimit(MAX_OUTPUT_LINES);
  const readers = { stdout: createLineReader(), stderr: createLineReader(), text: undefined };
  for await (const piece of remote) {
    const lines = shown.take(linesOf(piece, readers));
    if (lines.length > 0) actions.notice(lines.join("\n"));
  }
  const tail = shown.take([...readers.stdout.end(), ...readers.stderr.end()]);
  if (tail.length > 0) actions.notice(tail.join("\n"));
  if (shown.dropped > 0) actions.notice(`… ${shown.dropped} more lines are not shown`);
  const status = await remote.status;
  if (status !== 0) actions.notice(`${name} ended with status ${status}`);
}

interface LineReader {
  push(bytes: Uint8Array): string[];
  end(): string[];
}

function linesOf(piece: RunPiece, readers: Record<"stdout" | "stderr", LineReader>): string[] {
  if (piece.type !== "text") return readers[piece.type].push(piece.bytes);
  return piece.text.replace(/\n$/, "").split("\n");
}

function createLineReader(): LineReader {
  const decoder = new TextDecoder();
  const stripper = createControlStripper();
  let rest = "";
  return {
    push(bytes) {
      const lines = (rest + stripper.push(decoder.decode(bytes, { stream: true }))).split("\n");
      rest = lines.pop() ?? "";
      return lines;
    },
    end: () => (rest === "" ? [] : [rest]),
  };
}

function createLimit(max: number) {
  let taken = 0;
  return {
    dropped: 0,
    take(lines: string[]): string[] {
      const kept = lines.slice(0, max - taken);
      taken += kept.length;
      this.dropped += lines.length - kept.length;
      return kept;
    },
  };
}
