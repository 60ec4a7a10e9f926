import type { Desk } from "../keymap/desk.ts";
import { type Entry, excerptOf } from "../store/entry.ts";
import type { Overlay } from "../store/overlay.ts";
import { type ChatState, type DraftTarget, shownRoom } from "../store/state.ts";
import { drawProgress } from "../text/progress.ts";
import { wordsOf } from "../text/word-segments.ts";
import { entriesOf } from "../timeline/talk.ts";
import { anchorAt } from "../timeline/viewport.ts";
import type { KeyPress } from "../terminal/keys.ts";

type Select = Extract<Overlay, { type: "select" }>;

/** What a message is chosen for can be said of these only. */
const isChoosable = (entry: Entry) => entry.kind !== "notice" && entry.isDeleted !== true;

export function entryById(state: ChatState, id: number): Entry | undefined {
  return entriesOf(shownRoom(state)).findLast((entry) => entry.id === id);
}

/** Chooses the newest message; with `withWord`, the newest one that somebody else said and its last word. */
export function openSelect(desk: Desk, withWord: boolean): void {
  const { store, words } = desk;
  const state = store.getState();
  const { anchor } = shownRoom(state);
  const entries = entriesOf(shownRoom(state));
  // Scrolled up, the choice begins at what is seen.
  const last =
    anchor === undefined ? entries.length - 1 : entries.findLastIndex(({ id }) => id === anchor.entryId);
  const fits = (entry: Entry) =>
    isChoosable(entry) &&
    (!withWord || (wordsOf(entry.text).length > 0 && entry.from !== state.nick && entry.kind !== "run"));
  const entry = entries.slice(0, last + 1).findLast(fits);
  if (entry === undefined) store.dispatch({ type: "hinted", hint: words.nothingToChoose });
  else choose(desk, entry, withWord ? Number.POSITIVE_INFINITY : undefined);
}

function choose(desk: Desk, entry: Entry, word: number | undefined): void {
  const { store } = desk;
  const all = word === undefined ? [] : wordsOf(entry.text);
  const index = word === undefined ? undefined : Math.max(0, Math.min(word, all.length - 1));
  store.dispatch({
    type: "overlay",
    overlay: {
      type: "select",
      entryId: entry.id,
      ...(index === undefined || all.length === 0 ? {} : { word: index }),
    },
  });
  keepInSight(desk, entry.id);
  const chosen = index === undefined ? undefined : all[index];
  if (chosen !== undefined && index !== undefined) void lookUp(desk, entry.id, index, chosen.text);
}

async function lookUp(
  { store, chat, words }: Desk,
  entryId: number,
  word: number,
  text: string,
): Promise<void> {
  const show = (answer: string) => {
    const { overlay } = store.getState();
    // Another word may be chosen by now.
    if (overlay?.type !== "select" || overlay.entryId !== entryId || overlay.word !== word) return;
    store.dispatch({ type: "overlay", overlay: { ...overlay, answer } });
  };
  const answer = await chat.lookUp(text, (progress) => show(drawProgress(progress)));
  show(answer ?? words.noTranslation(text));
}

function keepInSight({ store, frame }: Desk, entryId: number): void {
  const { rows, talk, geometry } = frame();
  if (rows.some((row) => row.entryId === entryId)) return;
  store.dispatch({ type: "scrolled", anchor: anchorAt(talk, entryId, geometry?.timelineHeight ?? 1) });
}

export function onSelectPress(overlay: Select, press: KeyPress, desk: Desk): boolean {
  const { store, words } = desk;
  const state = store.getState();
  const entries = entriesOf(shownRoom(state)).filter(isChoosable);
  const index = entries.findIndex(({ id }) => id === overlay.entryId);
  const entry = entries[index];
  if (entry === undefined) {
    store.dispatch({ type: "overlay", overlay: undefined });
    return true;
  }
  const key = press.type === "text" ? press.text : press.type === "key" ? press.name : "";
  switch (key) {
    case "up":
    case "alt+up":
    case "k":
    case "down":
    case "alt+down":
    case "j": {
      const next = entries[index + (key.endsWith("up") || key === "k" ? -1 : 1)];
      if (next !== undefined)
        choose(desk, next, overlay.word === undefined ? undefined : Number.POSITIVE_INFINITY);
      return true;
    }
    case "left":
      choose(desk, entry, overlay.word === undefined ? Number.POSITIVE_INFINITY : overlay.word - 1);
      return true;
    case "right":
      choose(desk, entry, overlay.word === undefined ? 0 : overlay.word + 1);
      return true;
    case "t":
    case "alt+t":
      choose(desk, entry, overlay.word ?? Number.POSITIVE_INFINITY);
      return true;
    case "y":
      desk.effects.copy(entry.text);
      close(desk, words.copied);
      return true;
    case "s":
      if (entry.delivery === "failed") desk.chat.resend(shownRoom(state).name, entry.id);
      close(desk, entry.delivery === "failed" ? undefined : words.notFailed);
      return true;
    case "x":
      if (entry.run?.state === "running") desk.chat.stopRun(entry.id);
      else store.dispatch({ type: "dismissed", room: shownRoom(state).name, id: entry.id });
      close(desk);
      return true;
    case "r":
    case "e":
    case "d":
    case "+":
      onStoredMessage(key, entry, desk);
      return true;
    default:
      return press.type === "text" || press.type === "paste";
  }
}

/** What only a message can bear that the hub has a number for. */
function onStoredMessage(key: "r" | "e" | "d" | "+", entry: Entry, desk: Desk): void {
  const { store, words, chat } = desk;
  const state = store.getState();
  const room = shownRoom(state).name;
  if (entry.seq === undefined) return close(desk, words.notStored);
  if ((key === "e" || key === "d") && entry.from !== state.nick) return close(desk, words.notYours);
  close(desk);
  if (key === "+")
    store.dispatch({ type: "overlay", overlay: { type: "react", entryId: entry.id, query: "" } });
  else if (key === "d") chat.act(room, "delete", entry.seq, "");
  else {
    store.dispatch({
      type: "targeted",
      target: targetOf(key === "r" ? "reply" : "edit", room, entry.seq, entry),
    });
    if (key === "e") {
      store.dispatch({
        type: "composer",
        action: { type: "replace", text: entry.text, cursor: entry.text.length },
      });
    }
  }
}

export function targetOf(type: DraftTarget["type"], room: string, seq: number, entry: Entry): DraftTarget {
  return { type, room, seq, from: entry.from, excerpt: excerptOf(entry.text) };
}

function close({ store }: Desk, hint?: string): void {
  store.dispatch({ type: "overlay", overlay: undefined }, { type: "hinted", hint });
}
