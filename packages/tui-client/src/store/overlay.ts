import type { RoomInfo } from "@palaver/client";

/** What takes the keys instead of the draft, until Esc. At most one is open. */
export type Overlay =
  | { readonly type: "help"; readonly top: number }
  /** `rooms` are the hub's, once it has told them. */
  | {
      readonly type: "go-to";
      readonly query: string;
      readonly index: number;
      readonly rooms: readonly RoomInfo[];
    }
  /** `hit` is the entry where the search stands. */
  | { readonly type: "search"; readonly query: string; readonly hit?: number; readonly isMissed: boolean }
  /** `position` is a line of the history. */
  | { readonly type: "history-search"; readonly query: string; readonly position: number }
  /** A message is chosen; with `word`, one of its words as well, and what the dictionary says of it once it has answered. */
  | { readonly type: "select"; readonly entryId: number; readonly word?: number; readonly answer?: string }
  | { readonly type: "react"; readonly entryId: number; readonly query: string }
  /** What names us, in all rooms. */
  | { readonly type: "mentions"; readonly index: number }
  /** Somebody new chooses a nickname. */
  | { readonly type: "welcome"; readonly address: string };

/** Longest text that is typed into an overlay, in UTF-16 units. */
export const MAX_QUERY = 200;
