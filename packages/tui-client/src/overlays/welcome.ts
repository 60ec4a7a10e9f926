import type { Desk } from "../keymap/desk.ts";
import type { KeyPress } from "../terminal/keys.ts";

/** Somebody new writes a nickname where drafts are written later. */
export function onWelcomePress(press: KeyPress, desk: Desk): boolean {
  const { store } = desk;
  if (press.type !== "key" || press.name !== "enter") return press.type === "paste";
  const nick = store.getState().composer.text.trim();
  store.dispatch({ type: "overlay", overlay: undefined }, { type: "composer", action: { type: "clear" } });
  desk.welcome(nick);
  return true;
}
