import { homedir } from "node:os";
import { resolve } from "node:path";
import { type TransferProgress, getFile, putFile } from "@palaver/client";
import { progressLine } from "../modes/pipe/progress-bar.ts";
import { reasonOf } from "../text/reason.ts";
import { formatSize } from "../text/size.ts";
import type { ChatActions } from "./chat-actions.ts";

/** Often enough for the eye. */
const SHOW_EVERY_MS = 250;

/** Stores a file of this machine on the hub and shares it with the room. Never throws: what goes wrong is shown. */
export function putHere(actions: ChatActions, path: string): Promise<void> {
  return transfer(actions, `/put ${path}`, async (options) => {
    const { file, name, size } = await putFile(actions.connection, expand(path), {
      room: actions.room,
      ...options,
    });
    return actions.words.stored(name, file, formatSize(size));
  });
}

/** Fetches a file into a folder, by default the one palaver was started in. Never throws: what goes wrong is shown. */
export function getHere(actions: ChatActions, which: string, folder: string): Promise<void> {
  return transfer(actions, `/get ${which}`, async (options) => {
    const directory = expand(folder === "" ? "." : folder);
    const { path, size } = await getFile(actions.connection, which, { directory, ...options });
    return actions.words.fetched(path, formatSize(size));
  });
}

interface TransferOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TransferProgress) => void;
}

async function transfer(
  actions: ChatActions,
  command: string,
  perform: (options: TransferOptions) => Promise<string>,
): Promise<void> {
  const report = actions.beginRun(command);
  const startedAt = performance.now();
  const durationMs = () => performance.now() - startedAt;
  let shownAt = Number.NEGATIVE_INFINITY;
  try {
    const said = await perform({
      signal: AbortSignal.any([actions.signal, report.signal]),
      onProgress(progress) {
        if (durationMs() - shownAt < SHOW_EVERY_MS) return;
        shownAt = durationMs();
        report.progress(actions.words.transferring(progressLine(progress, durationMs() / 1000)));
      },
    });
    report.print([said]);
    report.end({ state: "ended", status: 0, durationMs: durationMs() });
  } catch (error) {
    if (actions.signal.aborted) return;
    if (report.signal.aborted) report.end({ state: "stopped", durationMs: durationMs() });
    else report.end({ state: "failed", reason: reasonOf(error), durationMs: durationMs() });
  }
}

/** `~/` is the home folder, as in a shell. */
const expand = (path: string) => resolve(path.startsWith("~/") ? homedir() + path.slice(1) : path);
