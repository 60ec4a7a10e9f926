import type { Connection } from "@palaver/client";

/** What a slash command can do to the chat it was written in; each chat mode gives its own. */
export interface ChatActions {
  readonly connection: Connection;
  /** Aborts when the chat ends. */
  readonly signal: AbortSignal;
  /** The room that is written to, and shown if there is a screen. */
  readonly room: string;
  /** False, with a word to the user, when no more messages may wait. */
  say(room: string, kind: "say" | "me", text: string): boolean;
  join(room: string): Promise<void>;
  part(room: string): Promise<void>;
  /** Shows lines that are nobody's message. */
  notice(text: string): void;
  quit(): void;
}
