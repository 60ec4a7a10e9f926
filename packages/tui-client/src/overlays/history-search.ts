import { searchHistory } from "../composer/history.ts";
import type { Desk } from "../keymap/desk.ts";
import type { Overlay } from "../store/overlay.ts";
import type { KeyPress } from "../terminal/keys.ts";
import { editQuery } from "./query.ts";

type HistorySearch = Extract<Overlay, { type: "history-search" }>;

/** As readline's Ctrl+R: typing looks for the newest line, Ctrl+R again for an older one, Enter takes it into the draft. */
export function onHistorySearchPress(overlay: HistorySearch, press: KeyPress, { store }: Desk): boolean {
  const { history } = store.getState().composer;
  const show = (next: HistorySearch) => store.dispatch({ type: "overlay", overlay: next });
  const name = press.type === "key" ? press.name : "";
  if (name === "ctrl+r" || name === "up") {
    const position = searchHistory(history, overlay.query, overlay.position - 1);
    if (position !== -1) show({ ...overlay, position });
    return true;
  }
  if (name === "enter" || name === "tab" || name === "right" || name === "end" || name === "ctrl+e") {
    const { position } = overlay;
    store.dispatch({ type: "overlay", overlay: undefined });
    if (position !== -1) store.dispatch({ type: "composer", action: { type: "recall", position } });
    return true;
  }
  const query = editQuery(overlay.query, press);
  if (query === undefined) return false;
  show({ ...overlay, query, position: searchHistory(history, query) });
  return true;
}
