import { type ComposerAction, EDITS, MAX_DRAFT_LENGTH } from "../composer/composer.ts";
import { openSelect, targetOf } from "../overlays/select.ts";
import { type ChatState, shownRoom } from "../store/state.ts";
import { sanitizeDraft } from "../text/sanitize.ts";
import { anchorAt, oldestAnchor, scroll } from "../timeline/viewport.ts";
import type { AppCommand } from "./commands.ts";
import type { Desk } from "./desk.ts";

type Perform = (desk: Desk, state: ChatState) => void;
type EditCommand = (typeof EDITS)[number];

const edit = (desk: Desk, action: ComposerAction) => desk.store.dispatch({ type: "composer", action });
const hint = (desk: Desk, text: string) => desk.store.dispatch({ type: "hinted", hint: text });

/** What each command does; those that edit the draft and show a room by number are made below. */
const COMMANDS: Readonly<
  Record<Exclude<AppCommand, EditCommand | `room-${number}` | "complete" | "complete-back">, Perform>
> = {
  submit(desk, { composer }) {
    if (composer.text.trim() !== "" && desk.chat.submit(composer.text)) edit(desk, { type: "sent" });
  },
  newline: (desk) => edit(desk, { type: "insert", text: "\n" }),
  "history-search": (desk) =>
    desk.store.dispatch({ type: "overlay", overlay: { type: "history-search", query: "", position: -1 } }),
  editor: (desk, { composer }) => void writeInEditor(desk, composer.text),
  "clear-or-quit"(desk, { composer, isQuitting }) {
    if (isQuitting) return desk.quit();
    // A command that runs is what Ctrl+C ends in a shell.
    if (composer.text === "" && desk.chat.stopRun()) return;
    desk.store.dispatch(
      { type: "composer", action: { type: "clear" } },
      { type: "targeted", target: undefined },
      { type: "hinted", hint: desk.words.quitHint, isQuitting: true },
    );
  },
  "delete-or-quit"(desk, { composer }) {
    if (composer.text === "") desk.quit();
    else edit(desk, { type: "delete" });
  },
  escape(desk, { composer, target, isBare }) {
    if (target !== undefined) {
      desk.store.dispatch({ type: "targeted", target: undefined });
      if (target.type === "edit") edit(desk, { type: "clear" });
    } else if (composer.pastedLines > 0) edit(desk, { type: "clear" });
    else if (isBare) desk.store.dispatch({ type: "bare", isBare: false });
    else if (composer.text === "") desk.chat.stopRun();
  },
  "page-up": (desk) => scrollPages(desk, -1),
  "page-down": (desk) => scrollPages(desk, 1),
  oldest: (desk) =>
    desk.store.dispatch({ type: "scrolled", anchor: oldestAnchor(desk.frame().talk, heightOf(desk)) }),
  newest: (desk) => desk.store.dispatch({ type: "scrolled", anchor: undefined }),
  "first-unread"(desk, state) {
    const { readUpTo } = shownRoom(state);
    const { entries } = desk.frame().talk;
    const first =
      readUpTo === undefined ? undefined : entries[entries.findLastIndex(({ id }) => id === readUpTo) + 1];
    if (first === undefined) hint(desk, desk.words.nothingNew);
    else scrollTo(desk, first.id);
  },
  "next-mention": (desk, state) => findMention(desk, state, 1),
  "previous-mention": (desk, state) => findMention(desk, state, -1),
  mentions: (desk) => desk.store.dispatch({ type: "overlay", overlay: { type: "mentions", index: 0 } }),
  "mark-read": (desk) => desk.store.dispatch({ type: "all-read" }),
  search: (desk) =>
    desk.store.dispatch({ type: "overlay", overlay: { type: "search", query: "", isMissed: false } }),
  select: (desk) => openSelect(desk, false),
  translate: (desk) => openSelect(desk, true),
  bare: (desk, { isBare }) => desk.store.dispatch({ type: "bare", isBare: !isBare }),
  "next-room": (desk, { shown }) => desk.store.dispatch({ type: "room-shown", index: shown + 1 }),
  "previous-room": (desk, { shown }) => desk.store.dispatch({ type: "room-shown", index: shown - 1 }),
  "next-activity"(desk, { rooms, shown }) {
    // Those where we were named go first, then the next one around.
    const order = rooms.map((_, index) => (shown + 1 + index) % rooms.length);
    const index =
      order.find((each) => (rooms[each]?.mentions ?? 0) > 0) ??
      order.find((each) => (rooms[each]?.unread ?? 0) > 0);
    if (index === undefined) hint(desk, desk.words.nothingNew);
    else desk.store.dispatch({ type: "room-shown", index });
  },
  "go-to": (desk) => void openGoTo(desk),
  help(desk) {
    desk.chat.refreshCommands();
    desk.store.dispatch({ type: "overlay", overlay: { type: "help", top: 0 } });
  },
  suspend: (desk) => desk.effects.suspend(),
  redraw: (desk) => desk.effects.redraw(),
};

/** Whether a command is done here. */
export function performCommand(desk: Desk, command: Exclude<AppCommand, "complete" | "complete-back">): void {
  const state = desk.store.getState();
  const number = /^room-(\d)$/.exec(command)?.[1];
  if (number !== undefined) {
    const index = Number(number) - 1;
    if (index < state.rooms.length) desk.store.dispatch({ type: "room-shown", index });
  } else if (command === "up" && recallsOwnMessage(state)) editNewest(desk, state);
  else if (isEdit(command)) edit(desk, { type: command });
  else COMMANDS[command as keyof typeof COMMANDS](desk, state);
}

const isEdit = (command: AppCommand): command is EditCommand =>
  (EDITS as readonly string[]).includes(command);

/** ↑ in an empty draft: when what was sent last is a message in this room, it is there to be corrected. */
function recallsOwnMessage(state: ChatState): boolean {
  const { composer, target } = state;
  return (
    composer.text === "" && target === undefined && newestOwn(state)?.text === composer.history.lines.at(-1)
  );
}

function newestOwn(state: ChatState) {
  const { entries, pending } = shownRoom(state);
  const newest = entries.findLast((entry) => entry.from === state.nick && entry.kind === "say");
  return pending.length === 0 && newest?.seq !== undefined && newest.isDeleted !== true ? newest : undefined;
}

function editNewest(desk: Desk, state: ChatState): void {
  const entry = newestOwn(state);
  if (entry?.seq === undefined) return;
  const target = targetOf("edit", shownRoom(state).name, entry.seq, entry);
  // The history steps along, so that ↑ goes on to older lines.
  desk.store.dispatch({ type: "composer", action: { type: "up" } }, { type: "targeted", target });
}

const heightOf = (desk: Desk) => desk.frame().geometry?.timelineHeight ?? 1;

function scrollPages(desk: Desk, pages: -1 | 1): void {
  // One row stays in sight, for the eye to go on from.
  scrollRows(desk, pages * Math.max(1, heightOf(desk) - 1));
}

/** Scrolls the talk; up when negative. */
export function scrollRows(desk: Desk, rows: number): void {
  const { anchor } = shownRoom(desk.store.getState());
  desk.store.dispatch({ type: "scrolled", anchor: scroll(desk.frame().talk, anchor, heightOf(desk), rows) });
}

function scrollTo(desk: Desk, entryId: number): void {
  desk.store.dispatch({ type: "scrolled", anchor: anchorAt(desk.frame().talk, entryId, heightOf(desk)) });
}

/** The next mention below what is seen, or the one above it. */
function findMention(desk: Desk, state: ChatState, direction: -1 | 1): void {
  const { rows, talk } = desk.frame();
  const [top, bottom] = [rows.at(0)?.entryId, rows.at(-1)?.entryId];
  const edge = talk.entries.findLastIndex(({ id }) => id === (direction < 0 ? top : bottom));
  const found =
    direction < 0
      ? talk.entries.slice(0, Math.max(0, edge)).findLast((entry) => entry.isMention)
      : talk.entries.slice(edge + 1).find((entry) => entry.isMention);
  if (found !== undefined) return scrollTo(desk, found.id);
  const other = state.rooms.findIndex((room) => room.mentions > 0);
  if (other === -1) hint(desk, desk.words.noMention);
  else desk.store.dispatch({ type: "room-shown", index: other });
}

async function openGoTo({ store, chat }: Desk): Promise<void> {
  chat.refreshCommands();
  store.dispatch({ type: "overlay", overlay: { type: "go-to", query: "", index: 0, rooms: [] } });
  const rooms = await chat.roomsOfHub().catch(() => []);
  const { overlay } = store.getState();
  if (overlay?.type === "go-to") store.dispatch({ type: "overlay", overlay: { ...overlay, rooms } });
}

async function writeInEditor(desk: Desk, draft: string): Promise<void> {
  const edited = await desk.effects.edit(draft);
  if (edited === undefined) return;
  // An editor ends the last line too.
  const whole = sanitizeDraft(edited).replace(/\n$/, "");
  const text = whole.slice(0, MAX_DRAFT_LENGTH).toWellFormed();
  edit(desk, { type: "replace", text, cursor: text.length });
  if (whole.length > text.length) hint(desk, desk.words.draftCut(whole.length - text.length));
}
