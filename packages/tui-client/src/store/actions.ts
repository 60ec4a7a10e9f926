import type { CommandInfo, ConnectionState, RoomChange, RoomMessage, UserInfo } from "@palaver/client";
import type { ComposerAction } from "../composer/composer.ts";
import type { Outgoing } from "../loops/sender.ts";
import type { Anchor } from "../timeline/viewport.ts";
import type { RunState } from "./entry.ts";
import type { Overlay } from "./overlay.ts";
import type { ChatState, DraftTarget } from "./state.ts";

/** What came from the hub. */
type HubAction =
  | { readonly type: "messages"; readonly messages: readonly RoomMessage[] }
  | { readonly type: "changed"; readonly change: RoomChange }
  | { readonly type: "typing"; readonly room: string; readonly nick: string; readonly at: number }
  | { readonly type: "presence"; readonly room: string; readonly users: readonly UserInfo[] }
  | {
      readonly type: "connection";
      readonly state: ConnectionState;
      readonly reason?: string;
      readonly at?: number;
    }
  | { readonly type: "nick"; readonly nick: string }
  | { readonly type: "way"; readonly way: ChatState["way"] }
  | { readonly type: "commands"; readonly commands: readonly CommandInfo[] }
  | { readonly type: "stored"; readonly message: Outgoing; readonly seq: number }
  | { readonly type: "failed"; readonly message: Outgoing; readonly reason: string }
  | { readonly type: "translated"; readonly room: string; readonly seq: number; readonly text: string };

/** A command of ours on the hub. */
type RunAction =
  | {
      readonly type: "run-started";
      readonly room: string;
      readonly id: number;
      readonly command: string;
      readonly at: number;
    }
  | {
      readonly type: "run-printed";
      readonly room: string;
      readonly id: number;
      readonly lines: readonly string[];
    }
  | { readonly type: "run-progressed"; readonly room: string; readonly id: number; readonly text: string }
  | ({ readonly type: "run-ended"; readonly room: string; readonly id: number } & Omit<
      RunState,
      "command" | "droppedLines" | "progress"
    >);

/** What the user does. */
type UserAction =
  | { readonly type: "room-opened"; readonly room: string }
  | { readonly type: "room-closed"; readonly room: string }
  /** `index` may lie outside: it wraps around. */
  | { readonly type: "room-shown"; readonly index: number }
  | { readonly type: "said"; readonly message: Outgoing; readonly at: number }
  /** A message that failed goes: it is said again, or not at all. */
  | { readonly type: "dismissed"; readonly room: string; readonly id: number }
  /** Everything in all rooms has been seen: counts and markers go. */
  | { readonly type: "all-read" }
  | { readonly type: "scrolled"; readonly anchor: Anchor | undefined }
  | { readonly type: "composer"; readonly action: ComposerAction }
  | { readonly type: "targeted"; readonly target: DraftTarget | undefined }
  | { readonly type: "overlay"; readonly overlay: Overlay | undefined }
  /** Time has passed: who writes no more is forgotten. */
  | { readonly type: "clock"; readonly at: number }
  | { readonly type: "bare"; readonly isBare: boolean }
  | { readonly type: "focused"; readonly isFocused: boolean }
  | { readonly type: "hinted"; readonly hint: string | undefined; readonly isQuitting?: boolean };

export type ChatAction =
  | HubAction
  | RunAction
  | UserAction
  /** A word that is nobody's message; without a room, in the one that is shown. */
  | { readonly type: "notice"; readonly room?: string; readonly text: string; readonly at: number };
