/** Something in a room's timeline. All text in it is clean. */
export interface Entry {
  /** Our own number, unique in the store. */
  readonly id: number;
  readonly at: number;
  readonly from: string;
  readonly kind: "say" | "me" | "notice" | "run";
  readonly text: string;
  /** The hub's number; absent for what it never stored. */
  readonly seq?: number;
  readonly delivery: "stored" | "pending" | "failed";
  /** Why it failed. */
  readonly reason?: string;
  /** Known from the acknowledgement alone: the hub's own copy is still to come. */
  readonly isProvisional?: boolean;
  /** It names us. */
  readonly isMention?: boolean;
  /** How many came and went, where a notice stands for more than one. */
  readonly gathered?: number;
  readonly isEdited?: boolean;
  readonly isDeleted?: boolean;
  readonly replyTo?: { readonly seq: number; readonly from: string; readonly excerpt: string };
  readonly reactions?: readonly Reaction[];
  /** What a dictionary says about its only word. */
  readonly translation?: string;
  /** A command of ours that runs or ran on the hub; `text` is its output. */
  readonly run?: RunState;
}

export interface Reaction {
  readonly emoji: string;
  readonly nicks: readonly string[];
}

export interface RunState {
  readonly command: string;
  readonly state: "running" | "ended" | "stopped" | "failed";
  readonly status?: number;
  readonly reason?: string;
  readonly durationMs?: number;
  /** How far it is, while it runs. */
  readonly progress?: string;
  /** Lines of output that are not kept. */
  readonly droppedLines: number;
}

const MAX_EXCERPT = 60;

/** The beginning of a text, in one line. */
export function excerptOf(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > MAX_EXCERPT ? `${line.slice(0, MAX_EXCERPT - 1).toWellFormed()}…` : line;
}
