import type { Connection } from "@palaver/client";
import type { Words } from "../i18n/words.ts";
import type { Transfers } from "../loops/transfers.ts";

/** How a command of ours on the hub ended. */
export interface RunOutcome {
  readonly state: "ended" | "stopped" | "failed";
  readonly status?: number;
  readonly reason?: string;
  readonly durationMs: number;
}

/** Where a command's output is shown while it runs. */
export interface RunReport {
  /** Aborts when the user stops it. */
  readonly signal: AbortSignal;
  print(lines: readonly string[]): void;
  /** What begins, for who does not see its progress. */
  announce(text: string): void;
  /** How far it is, in one line that takes the place of the one before. */
  progress(text: string): void;
  end(outcome: RunOutcome): void;
}

/** What a slash command can do to the chat it was written in; each chat mode gives its own. */
export interface ChatActions {
  readonly connection: Connection;
  readonly words: Words;
  /** Aborts when the chat ends. */
  readonly signal: AbortSignal;
  /** The room that is written to, and shown if there is a screen. */
  readonly room: string;
  readonly transfers: Transfers;
  /** False, with a word to the user, when no more messages may wait. */
  say(room: string, kind: "say" | "me", text: string): boolean;
  join(room: string): Promise<void>;
  part(room: string): Promise<void>;
  /** Shows lines that are nobody's message. */
  notice(text: string): void;
  /** @param command as it was written */
  beginRun(command: string): RunReport;
  /** Stops the newest command that runs; false when none does. */
  stop(): boolean;
  /** Says again what failed in the room; how many messages that were. */
  resend(): number;
  /** Where there is a screen. */
  setMouse?(isOn: boolean): void;
  quit(): void;
}
