import { sanitizeLine } from "../text/sanitize.ts";
import type { Entry, RunState } from "./entry.ts";
import { updateRoom } from "./rooms.ts";
import type { ChatState } from "./state.ts";

/** Lines of one command's output that are shown; a flood must not push the talk out of the timeline. */
export const MAX_OUTPUT_LINES = 500;
/** Longest line of output, in UTF-16 units. */
const MAX_LINE_LENGTH = 2000;

export function startRun(state: ChatState, room: string, id: number, command: string, at: number): ChatState {
  const entry: Entry = {
    id,
    at,
    from: "",
    kind: "run",
    text: "",
    delivery: "stored",
    run: { command: sanitizeLine(command, 400), state: "running", droppedLines: 0 },
  };
  const next = updateRoom(state, room, ({ anchor: _anchor, ...found }) => ({
    ...found,
    entries: [...found.entries, entry],
    newBelow: 0,
  }));
  return { ...next, nextId: Math.max(state.nextId, id + 1) };
}

/** More output. Of too many lines the first ones stay: they say what it is. */
export function printRun(state: ChatState, room: string, id: number, lines: readonly string[]): ChatState {
  return updateRun(state, room, id, (entry, run) => {
    const had = entry.text === "" ? 0 : entry.text.split("\n").length;
    const kept = lines
      .slice(0, Math.max(0, MAX_OUTPUT_LINES - had))
      .map((line) =>
        line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH).toWellFormed()}…` : line,
      );
    // An empty first line is kept as a blank: an empty text has no line at all.
    const text =
      kept.length === 0 ? entry.text : [...(had === 0 ? [] : [entry.text]), ...kept].join("\n") || " ";
    return { ...entry, text, run: { ...run, droppedLines: run.droppedLines + lines.length - kept.length } };
  });
}

export function progressRun(state: ChatState, room: string, id: number, text: string): ChatState {
  const progress = sanitizeLine(text, 200);
  return updateRun(state, room, id, (entry, run) => ({ ...entry, run: { ...run, progress } }));
}

export function endRun(
  state: ChatState,
  room: string,
  id: number,
  outcome: Omit<RunState, "command" | "droppedLines" | "progress">,
): ChatState {
  const reason = outcome.reason === undefined ? {} : { reason: sanitizeLine(outcome.reason, 400) };
  return updateRun(state, room, id, (entry, run) => ({ ...entry, run: { ...run, ...outcome, ...reason } }));
}

function updateRun(
  state: ChatState,
  room: string,
  id: number,
  update: (entry: Entry, run: RunState) => Entry,
): ChatState {
  return updateRoom(state, room, (found) => {
    const index = found.entries.findLastIndex((entry) => entry.id === id);
    const entry = found.entries[index];
    if (entry?.run === undefined) return found;
    return { ...found, entries: found.entries.with(index, update(entry, entry.run)) };
  });
}
