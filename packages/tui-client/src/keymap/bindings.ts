import type { ComposerAction } from "../composer/composer.ts";

/** What a key does outside the draft. */
export type AppCommand =
  | "submit"
  | "complete"
  | "clear-or-quit"
  | "delete-or-quit"
  | "escape"
  | "suspend"
  | "page-up"
  | "page-down"
  | "next-room"
  | "previous-room";

export type Binding = { readonly app: AppCommand } | { readonly composer: ComposerAction };

const app = (command: AppCommand): Binding => ({ app: command });
const edit = (type: Exclude<ComposerAction["type"], "insert" | "paste" | "replace">): Binding => ({
  composer: { type },
});
const newline: Binding = { composer: { type: "insert", text: "\n" } };

/** Readline's keys, and weechat's for rooms. Alt+1 to Alt+9 show a room by its number. */
export const BINDINGS: Readonly<Record<string, Binding>> = {
  enter: app("submit"),
  tab: app("complete"),
  escape: app("escape"),
  "ctrl+c": app("clear-or-quit"),
  "ctrl+d": app("delete-or-quit"),
  "ctrl+z": app("suspend"),
  pageup: app("page-up"),
  pagedown: app("page-down"),
  "ctrl+n": app("next-room"),
  "ctrl+p": app("previous-room"),
  "alt+enter": newline,
  "ctrl+j": newline,
  backspace: edit("backspace"),
  "ctrl+h": edit("backspace"),
  delete: edit("delete"),
  left: edit("left"),
  "ctrl+b": edit("left"),
  right: edit("right"),
  "ctrl+f": edit("right"),
  "alt+b": edit("word-left"),
  "alt+left": edit("word-left"),
  "ctrl+left": edit("word-left"),
  "alt+f": edit("word-right"),
  "alt+right": edit("word-right"),
  "ctrl+right": edit("word-right"),
  home: edit("line-start"),
  "ctrl+a": edit("line-start"),
  end: edit("line-end"),
  "ctrl+e": edit("line-end"),
  up: edit("up"),
  down: edit("down"),
  "ctrl+k": edit("kill-to-end"),
  "ctrl+u": edit("kill-to-start"),
  "ctrl+w": edit("kill-word"),
  "alt+backspace": edit("kill-word"),
};
