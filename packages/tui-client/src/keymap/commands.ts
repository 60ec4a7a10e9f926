import { EDITS } from "../composer/composer.ts";

/** What keys can do beside editing the draft, as the help groups it. */
export const COMMAND_GROUPS = {
  write: [
    "submit",
    "newline",
    "complete",
    "complete-back",
    "history-search",
    "editor",
    "clear-or-quit",
    "delete-or-quit",
  ],
  read: [
    "page-up",
    "page-down",
    "oldest",
    "newest",
    "first-unread",
    "next-mention",
    "previous-mention",
    "mentions",
    "search",
    "select",
    "translate",
    "bare",
  ],
  rooms: ["next-room", "previous-room", "next-activity", "mark-read", "go-to"],
  program: ["help", "escape", "suspend", "redraw"],
  edit: EDITS,
} as const;

export type CommandGroup = keyof typeof COMMAND_GROUPS;
export type AppCommand =
  | (typeof COMMAND_GROUPS)[CommandGroup][number]
  | `room-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`;

const ALL: readonly string[] = [
  ...Object.values(COMMAND_GROUPS).flat(),
  ...Array.from({ length: 9 }, (_, index) => `room-${index + 1}`),
];

/** Whether a word of the configuration names a command; `isCommand.all` lists them. */
export const isCommand = Object.assign((word: string): word is AppCommand => ALL.includes(word), {
  all: ALL,
});
