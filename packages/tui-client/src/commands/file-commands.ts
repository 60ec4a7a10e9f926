import { resolve } from "node:path";
import { type TransferOptions, getFile, putFile } from "@palaver/client";
import { MAX_TRANSFERS } from "../loops/transfers.ts";
import { expandHome } from "../text/home-path.ts";
import { reasonOfFile } from "../text/reason.ts";
import { formatSize } from "../text/size.ts";
import { showTransfer } from "../text/transfer-progress.ts";
import type { ChatActions, RunReport } from "./chat-actions.ts";
import { placeOf } from "./place-of.ts";
import { splitWords } from "./split-words.ts";

/** Often enough for the eye. */
const SHOW_EVERY_MS = 250;

/** Shares files of this machine with the room, one after the other. Never throws: what goes wrong is shown. */
export async function putHere(actions: ChatActions, rest: string): Promise<void> {
  const { connection, room, words } = actions;
  const paths = splitWords(rest);
  if (paths.length === 0) return actions.notice(words.usage("/put <file…>"));
  await transfer(actions, "put", rest, async (report) => {
    let status = 0;
    for (const path of paths) {
      const options = optionsFor(actions, report, words.sending);
      try {
        const { file, name, size } = await putFile(connection, expandHome(path), { room, ...options });
        report.print([words.stored(name, file, formatSize(size))]);
      } catch (error) {
        if (paths.length === 1 || options.signal.aborted) throw error;
        report.print([`${path}: ${reasonOfFile(error, expandHome(path), words)}`]);
        status = 1;
      }
    }
    return status;
  });
}

/**
 * Fetches a file into a folder, by default the one palaver was started in, or to a name that is still free. Never throws:
 * what goes wrong is shown.
 */
export async function getHere(actions: ChatActions, rest: string): Promise<void> {
  const { connection, words } = actions;
  const [which, place = ".", ...more] = splitWords(rest);
  if (which === undefined || more.length > 0)
    return actions.notice(words.usage("/get <file> [folder or name]"));
  await transfer(actions, "get", rest, async (report) => {
    const options = optionsFor(actions, report, words.fetching);
    const fetched = await getFile(connection, which, { ...placeOf(expandHome(place)), ...options });
    report.print([words.fetched(fetched.file, resolve(fetched.path), formatSize(fetched.size))]);
    return 0;
  });
}

/** Runs a transfer where the hub takes it and there is a place for it, and shows how it ends. */
async function transfer(
  actions: ChatActions,
  name: "put" | "get",
  rest: string,
  perform: (report: RunReport) => Promise<number>,
): Promise<void> {
  const { words } = actions;
  using place = actions.transfers.tryBegin();
  if (place === undefined) return actions.notice(words.tooManyTransfers(MAX_TRANSFERS));
  const report = actions.beginRun(`/${name} ${rest}`);
  const startedAt = performance.now();
  const durationMs = () => performance.now() - startedAt;
  const signal = AbortSignal.any([actions.signal, report.signal]);
  try {
    const offered = await actions.connection.commands(signal);
    if (!offered.some((command) => command.name === name)) throw new Error(words.noTransfers(`/${name}`));
    report.end({ state: "ended", status: await perform(report), durationMs: durationMs() });
  } catch (error) {
    if (actions.signal.aborted) return;
    if (report.signal.aborted) {
      report.print([words.goesOn]);
      report.end({ state: "stopped", durationMs: durationMs() });
    } else
      report.end({ state: "failed", reason: reasonOfFile(error, rest, words), durationMs: durationMs() });
  }
}

/** The options of one file's transfer, with its progress shown. */
function optionsFor(
  { signal, words }: ChatActions,
  report: RunReport,
  begins: (name: string, size: string) => string,
): TransferOptions & { readonly signal: AbortSignal } {
  const show = showTransfer(SHOW_EVERY_MS, (line) => report.progress(words.transferring(line)));
  let isAnnounced = false;
  return {
    signal: AbortSignal.any([signal, report.signal]),
    onProgress(progress) {
      if (!isAnnounced) report.announce(begins(progress.name, formatSize(progress.size)));
      isAnnounced = true;
      show(progress);
    },
  };
}
