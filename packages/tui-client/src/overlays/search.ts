import type { Desk } from "../keymap/desk.ts";
import type { Overlay } from "../store/overlay.ts";
import { shownRoom } from "../store/state.ts";
import { entriesOf } from "../timeline/talk.ts";
import { anchorAt } from "../timeline/viewport.ts";
import type { KeyPress } from "../terminal/keys.ts";
import { editQuery } from "./query.ts";

type Search = Extract<Overlay, { type: "search" }>;

/** Typing searches from the newest message; Enter and ↑ go on to older ones, ↓ to newer ones. Esc stays at the hit. */
export function onSearchPress(overlay: Search, press: KeyPress, desk: Desk): boolean {
  const name = press.type === "key" ? press.name : "";
  if (name === "enter" || name === "up" || name === "ctrl+f") return find(overlay, -1, desk);
  if (name === "down" || name === "shift+enter") return find(overlay, 1, desk);
  const query = editQuery(overlay.query, press);
  if (query === undefined) return false;
  return find({ type: "search", query, isMissed: false }, -1, desk);
}

function find(overlay: Search, direction: -1 | 1, { store, frame }: Desk): boolean {
  const room = shownRoom(store.getState());
  const entries = entriesOf(room);
  const wanted = overlay.query.toLowerCase();
  const from =
    overlay.hit === undefined ? entries.length : entries.findLastIndex(({ id }) => id === overlay.hit);
  const holds = (text: string) => wanted !== "" && text.toLowerCase().includes(wanted);
  let index = from + direction;
  while (index >= 0 && index < entries.length) {
    const entry = entries[index];
    if (entry !== undefined && (holds(entry.text) || holds(entry.from))) break;
    index += direction;
  }
  const hit = entries[index];
  if (hit === undefined) {
    store.dispatch({ type: "overlay", overlay: { ...overlay, isMissed: wanted !== "" } });
    return true;
  }
  store.dispatch({ type: "overlay", overlay: { ...overlay, hit: hit.id, isMissed: false } });
  const { talk, geometry } = frame();
  const anchor = anchorAt(talk, hit.id, geometry?.timelineHeight ?? 1);
  store.dispatch({ type: "scrolled", anchor });
  return true;
}
