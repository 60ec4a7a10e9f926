import type { ComposerAction } from "../composer/composer.ts";
import { completeDraft } from "../composer/completion.ts";
import { LOCAL_COMMANDS } from "../commands/local-commands.ts";
import { sanitizeText } from "../text/sanitize.ts";
import type { KeyPress } from "../terminal/keys.ts";
import type { Store } from "../store/store.ts";
import { type ChatState, shownRoom } from "../store/state.ts";
import type { LayoutEntry } from "../timeline/layout.ts";
import { entriesOf } from "../timeline/room-entries.ts";
import { scroll } from "../timeline/viewport.ts";
import { type AppCommand, BINDINGS } from "./bindings.ts";

/** What keys need to know of the screen at the moment. */
export interface Screen {
  readonly layout: LayoutEntry;
  readonly timelineHeight: number;
  /** Gives the terminal back to whoever started us, runs the callback, and takes it again. */
  suspendTerminal(callback: () => Promise<void>): Promise<void>;
}

export interface KeyHandlerOptions {
  readonly store: Store;
  /** Does what a finished draft says; false when it could not be taken in, and stays a draft. */
  submit(text: string): boolean;
  quit(): void;
  suspend(screen: Screen): void;
}

const QUIT_HINT = "Ctrl+C again quits";
/** Completion choices that are named in the hint. */
const MAX_NAMED_CHOICES = 12;

/** Turns keys into actions on the store, and into what leaves it: sending, quitting, suspending. */
export function createKeyHandler(options: KeyHandlerOptions): (press: KeyPress, screen: Screen) => void {
  const { store } = options;
  const edit = (action: ComposerAction) => store.dispatch({ type: "composer", action });
  const hint = (text: string | undefined) => store.dispatch({ type: "hinted", hint: text });

  function perform(command: AppCommand, screen: Screen): void {
    const state = store.getState();
    const { composer } = state;
    switch (command) {
      case "submit":
        if (composer.text.trim() !== "" && options.submit(composer.text)) edit({ type: "sent" });
        break;
      case "complete":
        complete(state);
        break;
      case "escape":
        if (composer.pastedLines > 0) edit({ type: "clear" });
        break;
      case "clear-or-quit":
        if (state.isQuitting) options.quit();
        else store.dispatch({ type: "composer", action: { type: "clear" } }, quitHint);
        break;
      case "delete-or-quit":
        if (composer.text === "") options.quit();
        else edit({ type: "delete" });
        break;
      case "suspend":
        options.suspend(screen);
        break;
      case "page-up":
        scrollBy(-1, state, screen);
        break;
      case "page-down":
        scrollBy(1, state, screen);
        break;
      case "next-room":
        store.dispatch({ type: "room-shown", index: state.shown + 1 });
        break;
      case "previous-room":
        store.dispatch({ type: "room-shown", index: state.shown - 1 });
        break;
    }
  }

  const quitHint = { type: "hinted", hint: QUIT_HINT, isQuitting: true } as const;

  function complete(state: ChatState): void {
    const { text, cursor } = state.composer;
    const completion = completeDraft(text, cursor, {
      commands: [...new Set([...LOCAL_COMMANDS, ...state.commands].map(({ name }) => name))],
      nicks: shownRoom(state).users.map(({ nick }) => nick),
      rooms: state.rooms.map(({ name }) => name),
    });
    if (completion === undefined) return;
    edit({ type: "replace", text: completion.text, cursor: completion.cursor });
    const named = completion.choices.slice(0, MAX_NAMED_CHOICES).join("  ");
    if (named !== "") hint(completion.choices.length > MAX_NAMED_CHOICES ? `${named} …` : named);
  }

  function scrollBy(pages: -1 | 1, state: ChatState, { layout, timelineHeight }: Screen): void {
    const room = shownRoom(state);
    // One row stays in sight, for the eye to go on from.
    const rows = pages * Math.max(1, timelineHeight - 1);
    const anchor = scroll(entriesOf(room), room.anchor, timelineHeight, rows, layout);
    store.dispatch({ type: "scrolled", anchor });
  }

  return (press, screen) => {
    const { hint: shownHint, isQuitting } = store.getState();
    const isCtrlC = press.type === "key" && press.name === "ctrl+c";
    if (!isCtrlC && (shownHint !== undefined || isQuitting)) hint(undefined);

    if (press.type !== "key") {
      const text = sanitizeText(press.text.replace(/\r\n?/g, "\n"), Number.MAX_SAFE_INTEGER);
      edit({ type: press.type === "paste" ? "paste" : "insert", text });
      return;
    }
    const number = /^alt\+([1-9])$/.exec(press.name)?.[1];
    if (number !== undefined) {
      const index = Number(number) - 1;
      if (index < store.getState().rooms.length) store.dispatch({ type: "room-shown", index });
      return;
    }
    const binding = BINDINGS[press.name];
    if (binding === undefined) return;
    if ("composer" in binding) edit(binding.composer);
    else perform(binding.app, screen);
  };
}
