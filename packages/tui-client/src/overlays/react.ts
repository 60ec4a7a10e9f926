import type { Desk } from "../keymap/desk.ts";
import type { Overlay } from "../store/overlay.ts";
import { shownRoom } from "../store/state.ts";
import type { KeyPress } from "../terminal/keys.ts";
import { editQuery } from "./query.ts";
import { entryById } from "./select.ts";

type React = Extract<Overlay, { type: "react" }>;

/** Offered by number; anything else can be typed. */
export const REACTIONS = ["👍", "❤️", "😄", "🎉", "😮", "👀", "✅", "❌"] as const;

export function onReactPress(overlay: React, press: KeyPress, desk: Desk): boolean {
  const { store } = desk;
  const number = press.type === "text" && overlay.query === "" ? Number(press.text) : Number.NaN;
  const offered = REACTIONS[number - 1];
  if (offered !== undefined) {
    react(overlay, offered, desk);
    return true;
  }
  if (press.type === "key" && press.name === "enter") {
    if (overlay.query.trim() !== "") react(overlay, overlay.query.trim(), desk);
    return true;
  }
  const query = editQuery(overlay.query, press);
  if (query === undefined) return false;
  store.dispatch({ type: "overlay", overlay: { ...overlay, query } });
  return true;
}

/** The same emoji again takes it away. */
function react({ entryId }: React, emoji: string, { store, chat }: Desk): void {
  const state = store.getState();
  const entry = entryById(state, entryId);
  store.dispatch({ type: "overlay", overlay: undefined });
  if (entry?.seq === undefined) return;
  const mine = entry.reactions
    ?.find((reaction) => reaction.emoji === emoji)
    ?.nicks.includes(state.nick ?? "");
  chat.act(shownRoom(state).name, mine === true ? "unreact" : "react", entry.seq, emoji);
}
