import type { Keymap } from "../keymap/bindings.ts";
import type { Desk } from "../keymap/desk.ts";
import type { Words } from "../i18n/words.ts";
import type { ChatState } from "../store/state.ts";
import { wordsOf } from "../text/word-segments.ts";
import { wrapText } from "../text/width.ts";
import type { KeyPress } from "../terminal/keys.ts";
import { goToPanel, onGoToPress } from "./go-to.ts";
import { helpPanel, onHelpPress } from "./help.ts";
import { onHistorySearchPress } from "./history-search.ts";
import { mentionsPanel, onMentionsPress } from "./mentions.ts";
import type { Panel, QueryLine } from "./panel.ts";
import { REACTIONS, onReactPress } from "./react.ts";
import { onSearchPress } from "./search.ts";
import { entryById, onSelectPress } from "./select.ts";
import { onWelcomePress } from "./welcome.ts";

/** Gives a press to the overlay that is open. False: nobody wanted it, and it does what it is bound to. */
export function onOverlayPress(press: KeyPress, desk: Desk): boolean {
  const { overlay } = desk.store.getState();
  if (overlay === undefined) return false;
  if (press.type === "key" && press.name === "escape" && overlay.type !== "welcome") {
    desk.store.dispatch({ type: "overlay", overlay: undefined });
    return true;
  }
  switch (overlay.type) {
    case "help":
      return onHelpPress(overlay, press, desk);
    case "go-to":
      return onGoToPress(overlay, press, desk);
    case "search":
      return onSearchPress(overlay, press, desk);
    case "history-search":
      return onHistorySearchPress(overlay, press, desk);
    case "select":
      return onSelectPress(overlay, press, desk);
    case "react":
      return onReactPress(overlay, press, desk);
    case "mentions":
      return onMentionsPress(overlay, press, desk);
    case "welcome":
      return onWelcomePress(press, desk);
  }
}

export interface Space {
  readonly width: number;
  readonly height: number;
}

/** What the open overlay shows above the status line; undefined when it shows nothing there. */
export function panelOf(state: ChatState, words: Words, keymap: Keymap, space: Space): Panel | undefined {
  const { overlay } = state;
  switch (overlay?.type) {
    case "help":
      return helpPanel(overlay, state, words, keymap, space.height);
    case "go-to":
      return goToPanel(overlay, state, words, keymap);
    case "select": {
      if (overlay.word === undefined) return undefined;
      const word = wordsOf(entryById(state, overlay.entryId)?.text ?? "")[overlay.word]?.text ?? "";
      const lines = wrapText(overlay.answer ?? words.lookingUp, Math.max(1, space.width - 4));
      return { title: word, rows: lines.map((text) => ({ text })), index: 0 };
    }
    case "react": {
      const row = REACTIONS.map((emoji, index) => `${index + 1} ${emoji}`).join("   ");
      return { title: words.reactTitle, rows: [{ text: row }], index: 0 };
    }
    case "mentions":
      return mentionsPanel(overlay, state, words);
    case "welcome":
      return {
        title: words.welcomeTitle,
        rows: words.welcome(overlay.address).map((text) => ({ text })),
        index: 0,
        isTall: true,
      };
    case "search":
    case "history-search":
    case undefined:
      return undefined;
  }
}

/** What stands in the draft's place; undefined: the draft. */
export function queryLineOf(state: ChatState, words: Words): QueryLine | undefined {
  const { overlay, composer } = state;
  switch (overlay?.type) {
    case "go-to":
      return { prompt: words.goToPrompt, query: overlay.query };
    case "search":
      return { prompt: words.searchPrompt, query: overlay.query };
    case "history-search": {
      const line = composer.history.lines[overlay.position]?.replace(/\n/g, " ") ?? "";
      return { prompt: words.historyPrompt(line), query: overlay.query };
    }
    case "react":
      return { prompt: words.reactPrompt, query: overlay.query };
    case "welcome":
      return undefined;
    case "help":
    case "mentions":
    case "select":
    case undefined:
      return undefined;
  }
}

/** What the keys do now, for the status line; undefined while no overlay is open. */
export function overlayHint(state: ChatState, words: Words): string | undefined {
  const { overlay } = state;
  switch (overlay?.type) {
    case "help":
      return words.helpHint;
    case "go-to":
      return words.goToHint;
    case "search":
      return overlay.isMissed ? words.searchMissed(overlay.query) : words.searchHint;
    case "history-search":
      return overlay.query !== "" && overlay.position === -1
        ? words.searchMissed(overlay.query)
        : words.historyHint;
    case "select": {
      const entry = entryById(state, overlay.entryId);
      if (overlay.word !== undefined) return words.wordHint;
      if (entry?.delivery === "failed") return words.failedHint;
      if (entry?.run?.state === "running") return words.runHint;
      return entry?.from === state.nick ? words.ownMessageHint : words.messageHint;
    }
    case "react":
      return words.reactHint;
    case "mentions":
      return words.mentionsHint;
    case "welcome":
      return words.welcomeHint;
    case undefined:
      return undefined;
  }
}

/** The chosen part of the timeline. */
export function selectionOf(
  state: ChatState,
): { readonly entryId: number; readonly from?: number; readonly to?: number } | undefined {
  const { overlay } = state;
  if (overlay?.type === "react") return { entryId: overlay.entryId };
  if (overlay?.type === "search" && overlay.hit !== undefined) return { entryId: overlay.hit };
  if (overlay?.type !== "select") return undefined;
  const entry = entryById(state, overlay.entryId);
  const word = overlay.word === undefined ? undefined : wordsOf(entry?.text ?? "")[overlay.word];
  return { entryId: overlay.entryId, ...(word === undefined ? {} : { from: word.from, to: word.to }) };
}
