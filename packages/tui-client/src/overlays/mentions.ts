import type { Desk } from "../keymap/desk.ts";
import type { Words } from "../i18n/words.ts";
import { type Entry, excerptOf } from "../store/entry.ts";
import type { Overlay } from "../store/overlay.ts";
import type { ChatState } from "../store/state.ts";
import { sanitizeName } from "../text/sanitize.ts";
import { formatClock } from "../text/time.ts";
import { anchorAt } from "../timeline/viewport.ts";
import type { KeyPress } from "../terminal/keys.ts";
import type { Panel } from "./panel.ts";

type Mentions = Extract<Overlay, { type: "mentions" }>;

/** Messages that are listed, the newest first. */
const MAX_LISTED = 200;

interface Mention {
  readonly room: number;
  readonly entry: Entry;
}

/** What names us, in all rooms, the newest first. */
function findMentions({ rooms }: ChatState): readonly Mention[] {
  return rooms
    .flatMap(({ entries }, room) =>
      entries.filter((entry) => entry.isMention === true).map((entry): Mention => ({ room, entry })),
    )
    .toSorted((one, other) => other.entry.at - one.entry.at)
    .slice(0, MAX_LISTED);
}

export function mentionsPanel({ index }: Mentions, state: ChatState, words: Words): Panel {
  return {
    title: words.mentionsTitle,
    index,
    empty: words.noMention,
    rows: findMentions(state).map(({ room, entry }, at) => ({
      text: `#${sanitizeName(state.rooms[room]?.name ?? "")}  ${words.day(entry.at)} ${formatClock(entry.at)}`,
      detail: `${entry.from}: ${excerptOf(entry.text)}`,
      ...(at === index ? { style: "selected" as const } : {}),
    })),
  };
}

export function onMentionsPress(overlay: Mentions, press: KeyPress, desk: Desk): boolean {
  const { store } = desk;
  const found = findMentions(store.getState());
  const move = (by: number) => {
    const index = Math.max(0, Math.min(found.length - 1, overlay.index + by));
    store.dispatch({ type: "overlay", overlay: { ...overlay, index } });
  };
  const name = press.type === "key" ? press.name : "";
  if (name === "up") move(-1);
  else if (name === "down") move(1);
  else if (press.type === "wheel") move(press.rows);
  else if (name === "enter") goTo(found[overlay.index], desk);
  else return press.type === "text" || press.type === "paste";
  return true;
}

function goTo(mention: Mention | undefined, desk: Desk): void {
  const { store } = desk;
  store.dispatch({ type: "overlay", overlay: undefined });
  if (mention === undefined) return;
  store.dispatch({ type: "room-shown", index: mention.room });
  const { talk, geometry } = desk.frame();
  store.dispatch({
    type: "scrolled",
    anchor: anchorAt(talk, mention.entry.id, geometry?.timelineHeight ?? 1),
  });
}
