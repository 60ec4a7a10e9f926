import type { RunPiece } from "@palaver/client";
import { createControlStripper } from "../text/control-stripper.ts";
import { type Progress, drawProgress, progressOf } from "../text/progress.ts";
import { reasonOf } from "../text/reason.ts";
import type { ChatActions } from "./chat-actions.ts";

/** Runs a command on the hub and shows what it prints, as it comes. Never throws: what goes wrong is shown. */
export async function runHubCommand(
  actions: ChatActions,
  line: string,
  name: string,
  argv: readonly string[],
): Promise<void> {
  const report = actions.beginRun(line);
  const startedAt = performance.now();
  const durationMs = () => performance.now() - startedAt;
  const remote = actions.connection.run(name, argv, {
    signal: AbortSignal.any([actions.signal, report.signal]),
  });
  remote.status.catch(() => {});
  let isAnnounced = false;
  const showProgress = (progress: Progress) => {
    if (!isAnnounced) report.announce(progress.task);
    isAnnounced = true;
    report.progress(actions.words.transferring(drawProgress(progress)));
  };
  const readers = { stdout: createLineReader(), stderr: createLineReader() };
  try {
    for await (const piece of remote) {
      const progress = progressOf(piece, actions.words);
      if (progress !== undefined) showProgress(progress);
      const lines = progress === undefined ? linesOf(piece, readers) : [];
      if (lines.length > 0) report.print(lines);
    }
    const tail = [...readers.stdout.end(), ...readers.stderr.end()];
    if (tail.length > 0) report.print(tail);
    report.end({ state: "ended", status: await remote.status, durationMs: durationMs() });
  } catch (error) {
    if (actions.signal.aborted) return;
    if (report.signal.aborted) report.end({ state: "stopped", durationMs: durationMs() });
    else report.end({ state: "failed", reason: reasonOf(error, actions.words), durationMs: durationMs() });
  }
}

interface LineReader {
  push(bytes: Uint8Array): string[];
  end(): string[];
}

function linesOf(piece: RunPiece, readers: Record<"stdout" | "stderr", LineReader>): string[] {
  if (piece.type !== "text") return readers[piece.type].push(piece.bytes);
  // How a program ended is said once, with its status.
  if (piece.text === "" || saysHowItEnded(piece.data)) return [];
  return piece.text.replace(/\n$/, "").split("\n");
}

function saysHowItEnded(data: unknown): boolean {
  return typeof data === "object" && data !== null && "outcome" in data && data.outcome === "exited";
}

/** Longest line that is waited for; a longer one is cut. */
const MAX_LINE_LENGTH = 8192;

function createLineReader(): LineReader {
  const decoder = new TextDecoder();
  const stripper = createControlStripper();
  let rest = "";
  return {
    push(bytes) {
      const lines = (rest + stripper.push(decoder.decode(bytes, { stream: true }))).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > MAX_LINE_LENGTH) {
        lines.push(rest);
        rest = "";
      }
      return lines;
    },
    end: () => (rest === "" ? [] : [rest]),
  };
}
