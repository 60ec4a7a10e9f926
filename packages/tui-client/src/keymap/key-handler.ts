import { createCompleter } from "../composer/completer.ts";
import { onOverlayPress } from "../overlays/overlays.ts";
import { graphemesOf } from "../text/graphemes.ts";
import { sanitizeDraft } from "../text/sanitize.ts";
import type { KeyPress } from "../terminal/keys.ts";
import type { AppCommand } from "./commands.ts";
import type { Desk } from "./desk.ts";
import { performCommand, scrollRows } from "./perform.ts";

export interface KeyHandler {
  onPress(press: KeyPress): void;
  perform(command: AppCommand): void;
}

/** Turns keys into actions on the store, and into what leaves it: sending, quitting, suspending. */
export function createKeyHandler(desk: Desk): KeyHandler {
  const { store, keymap } = desk;
  const complete = createCompleter(desk);

  function perform(command: AppCommand): void {
    if (command === "complete") complete(1);
    else if (command === "complete-back") complete(-1);
    else performCommand(desk, command);
  }

  function write(press: Extract<KeyPress, { type: "text" | "paste" }>): void {
    const text = sanitizeDraft(press.text);
    store.dispatch({ type: "composer", action: { type: press.type === "paste" ? "paste" : "insert", text } });
    if (!text.startsWith("/")) desk.chat.typed();
  }

  function onPress(press: KeyPress): void {
    if (press.type === "focus") {
      store.dispatch({ type: "focused", isFocused: press.isFocused });
      return;
    }
    // Fast typing comes in one piece; where letters are keys, each may open or close something.
    if (press.type === "text" && hasLetterKeys() && graphemesOf(press.text).length > 1) {
      for (const text of graphemesOf(press.text)) onPress({ type: "text", text });
      return;
    }
    const command = press.type === "key" ? commandOf(press.name) : undefined;
    const { hint, isQuitting } = store.getState();
    if (command !== "clear-or-quit" && (hint !== undefined || isQuitting)) {
      store.dispatch({ type: "hinted", hint: undefined });
    }
    if (onOverlayPress(press, desk)) return;
    if (press.type === "wheel") scrollRows(desk, press.rows);
    else if (press.type !== "key") write(press);
    else if (command !== undefined) perform(command);
  }

  function hasLetterKeys(): boolean {
    const { overlay } = store.getState();
    return overlay?.type === "select" || overlay?.type === "react" || overlay?.type === "help";
  }

  return { perform, onPress };

  /** A key with Shift that is not bound itself does what it does without: Caps Lock must not matter. */
  function commandOf(name: string): AppCommand | undefined {
    return keymap.get(name) ?? keymap.get(name.replace("shift+", ""));
  }
}
