import type { AppCommand } from "./commands.ts";

/** Readline's keys, and weechat's for rooms. The configuration's `[keys]` go before. */
export const BINDINGS: Readonly<Record<string, AppCommand>> = {
  enter: "submit",
  "alt+enter": "newline",
  "shift+enter": "newline",
  "ctrl+j": "newline",
  tab: "complete",
  "shift+tab": "complete-back",
  "ctrl+r": "history-search",
  "ctrl+x": "editor",
  "ctrl+c": "clear-or-quit",
  "ctrl+d": "delete-or-quit",

  pageup: "page-up",
  pagedown: "page-down",
  "alt+home": "oldest",
  "ctrl+home": "oldest",
  "alt+end": "newest",
  "ctrl+end": "newest",
  "alt+u": "first-unread",
  "alt+n": "next-mention",
  "alt+shift+n": "previous-mention",
  "alt+m": "mentions",
  "ctrl+f": "search",
  "alt+s": "select",
  "alt+up": "select",
  "alt+t": "translate",
  "alt+l": "bare",

  "ctrl+n": "next-room",
  "ctrl+p": "previous-room",
  "alt+a": "next-activity",
  "alt+r": "mark-read",
  "alt+g": "go-to",
  "alt+1": "room-1",
  "alt+2": "room-2",
  "alt+3": "room-3",
  "alt+4": "room-4",
  "alt+5": "room-5",
  "alt+6": "room-6",
  "alt+7": "room-7",
  "alt+8": "room-8",
  "alt+9": "room-9",

  "alt+h": "help",
  f1: "help",
  escape: "escape",
  "ctrl+z": "suspend",
  "ctrl+l": "redraw",

  backspace: "backspace",
  "ctrl+h": "backspace",
  delete: "delete",
  left: "left",
  "ctrl+b": "left",
  right: "right",
  "alt+b": "word-left",
  "alt+left": "word-left",
  "ctrl+left": "word-left",
  "alt+f": "word-right",
  "alt+right": "word-right",
  "ctrl+right": "word-right",
  home: "line-start",
  "ctrl+a": "line-start",
  end: "line-end",
  "ctrl+e": "line-end",
  up: "up",
  down: "down",
  "ctrl+k": "kill-to-end",
  "ctrl+u": "kill-to-start",
  "ctrl+w": "kill-word",
  "alt+backspace": "kill-word",
  "alt+d": "kill-word-right",
  "alt+delete": "kill-word-right",
  "ctrl+y": "yank",
  "alt+y": "yank-pop",
  "ctrl+_": "undo",
};

/** What each key does. */
export type Keymap = ReadonlyMap<string, AppCommand>;

/** The keys as they are bound, with the user's own; undefined unbinds one. */
export function createKeymap(own: Readonly<Record<string, AppCommand | undefined>> = {}): Keymap {
  const all = new Map(Object.entries(BINDINGS));
  for (const [key, command] of Object.entries(own)) {
    if (command === undefined) all.delete(key);
    else all.set(key, command);
  }
  return all;
}

const KEY_NAME =
  /^(ctrl\+)?(alt\+)?(shift\+)?(up|down|left|right|home|end|insert|delete|pageup|pagedown|enter|escape|tab|backspace|f([1-9]|1[0-2])|[^\s+]|_)$/u;

/** Whether a key of the configuration is written as the parser names it. */
export function isKeyName(name: string): boolean {
  // A key that writes is no key for a command.
  return KEY_NAME.test(name) && !/^(shift\+)?.$/u.test(name);
}

/** The keys of a command, in the order of the table, as people write them: `Ctrl+R`, `Alt+Shift+N`. */
export function keysOf(keymap: Keymap, command: AppCommand): string[] {
  return [...keymap].filter(([, bound]) => bound === command).map(([key]) => formatKey(key));
}

const SPOKEN: Readonly<Record<string, string>> = {
  pageup: "PgUp",
  pagedown: "PgDn",
  escape: "Esc",
  up: "↑",
  down: "↓",
  left: "←",
  right: "→",
};

export function formatKey(key: string): string {
  return key
    .split("+")
    .map((part) => SPOKEN[part] ?? part.charAt(0).toUpperCase() + part.slice(1))
    .join("+");
}
