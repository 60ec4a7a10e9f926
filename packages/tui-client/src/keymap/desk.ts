import type { Words } from "../i18n/words.ts";
import type { Chat } from "../loops/chat.ts";
import type { Store } from "../store/store.ts";
import type { ChatState } from "../store/state.ts";
import type { Frame } from "../ui/frame.ts";
import type { AppCommand } from "./commands.ts";
import type { Keymap } from "./bindings.ts";

/** What keys do to the terminal rather than to the chat. */
export interface Effects {
  /** Stops the process, as Ctrl+Z does in a terminal that is not raw. */
  suspend(): void;
  /** The draft in the user's editor; undefined when that failed, with a hint given. */
  edit(text: string): Promise<string | undefined>;
  /** Draws everything again: something else wrote on the screen. */
  redraw(): void;
  /** Into the terminal's clipboard (OSC 52). */
  copy(text: string): void;
}

/** Everything a key can act on. `chat` and `effects` come when there is a connection and a screen. */
export interface Desk {
  readonly store: Store;
  readonly words: Words;
  readonly keymap: Keymap;
  chat: Omit<Chat, "run">;
  effects: Effects;
  /** The screen as it is for a state. */
  frame(state?: ChatState): Frame;
  perform(command: AppCommand): void;
  /** Somebody new has chosen a name; empty for none. */
  welcome(nick: string): void;
  quit(): void;
}
