import type { CommandInfo, ConnectionState, RoomMessage, UserInfo } from "@palaver/client";
import type { ComposerAction } from "../composer/composer.ts";
import type { Outgoing } from "../loops/outbox.ts";
import type { Anchor } from "../timeline/viewport.ts";

/** What came from the hub. */
type HubAction =
  | { readonly type: "messages"; readonly messages: readonly RoomMessage[] }
  | { readonly type: "presence"; readonly room: string; readonly users: readonly UserInfo[] }
  | { readonly type: "connection"; readonly state: ConnectionState; readonly reason?: string }
  | { readonly type: "nick"; readonly nick: string }
  | { readonly type: "lag"; readonly lagMs: number | undefined }
  | { readonly type: "commands"; readonly commands: readonly CommandInfo[] }
  | { readonly type: "stored"; readonly message: Outgoing; readonly seq: number }
  | { readonly type: "failed"; readonly message: Outgoing; readonly reason: string };

/** What the user does. */
type UserAction =
  | { readonly type: "room-opened"; readonly room: string }
  | { readonly type: "room-closed"; readonly room: string }
  /** `index` may lie outside: it wraps around. */
  | { readonly type: "room-shown"; readonly index: number }
  | { readonly type: "said"; readonly message: Outgoing; readonly at: number }
  | { readonly type: "scrolled"; readonly anchor: Anchor | undefined }
  | { readonly type: "composer"; readonly action: ComposerAction }
  | { readonly type: "hinted"; readonly hint: string | undefined; readonly isQuitting?: boolean };

export type ChatAction =
  | HubAction
  | UserAction
  /** A word that is nobody's message; without a room, in the one that is shown. */
  | { readonly type: "notice"; readonly room?: string; readonly text: string; readonly at: number };
