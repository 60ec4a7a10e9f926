import type { RoomInfo } from "@palaver/client";
import { localCommandsWith } from "../commands/local-commands.ts";
import { keysOf, type Keymap } from "../keymap/bindings.ts";
import { type AppCommand, COMMAND_GROUPS } from "../keymap/commands.ts";
import type { Desk } from "../keymap/desk.ts";
import type { Words } from "../i18n/words.ts";
import type { Overlay } from "../store/overlay.ts";
import { type ChatState, shownRoom } from "../store/state.ts";
import { foldRoomName } from "../text/room-name.ts";
import { sanitizeLine, sanitizeName } from "../text/sanitize.ts";
import type { KeyPress } from "../terminal/keys.ts";
import type { Panel } from "./panel.ts";
import { editQuery } from "./query.ts";

type GoTo = Extract<Overlay, { type: "go-to" }>;

/** Something to go to or to do. */
type Target = { readonly label: string; readonly detail: string } & (
  | { readonly type: "room"; readonly room: string }
  | { readonly type: "slash"; readonly name: string }
  | { readonly type: "command"; readonly command: AppCommand }
);

/** Rows that are offered; a hub may have any number of rooms. */
const MAX_TARGETS = 200;

/** Rooms first, then what can be written, then what keys do; the best fit first. */
export function findTargets(
  { query, rooms }: GoTo,
  state: ChatState,
  words: Words,
  keymap: Keymap,
): readonly Target[] {
  const wanted = query.trim().replace(/^[#/]/, "").toLowerCase();
  const found = allTargets(rooms, state, words, keymap)
    .filter(({ label }) => !query.startsWith("#") || label.startsWith("#"))
    .filter(({ label }) => !query.startsWith("/") || label.startsWith("/"))
    .map((target) => ({ target, rank: rankOf(target, wanted) }))
    .filter(({ rank }) => rank > 0);
  // Sorting is stable: what fits as well stays in its order.
  return found
    .toSorted((one, other) => other.rank - one.rank)
    .map(({ target }) => target)
    .slice(0, MAX_TARGETS);
}

function allTargets(rooms: readonly RoomInfo[], state: ChatState, words: Words, keymap: Keymap): Target[] {
  const open = new Set(state.rooms.map(({ name }) => name));
  const own = new Set<string>(localCommandsWith(state.commands).map(({ name }) => name));
  const shown = shownRoom(state).name;
  const room = (name: string, detail: string): Target => ({
    type: "room",
    room: name,
    label: `#${sanitizeName(name)}`,
    detail,
  });
  const commands = Object.values(COMMAND_GROUPS)
    .flat()
    .filter((command) => !HIDDEN.has(command));
  return [
    ...state.rooms
      .filter(({ name }) => name !== shown)
      .toSorted((one, other) => other.mentions - one.mentions || other.unread - one.unread)
      .map(({ name, unread }) => room(name, unread > 0 ? words.unread(unread) : words.open)),
    ...rooms.filter(({ name }) => !open.has(name)).map(({ name, users }) => room(name, words.people(users))),
    ...localCommandsWith(state.commands).map(({ name, usage }): Target => ({
      type: "slash",
      name,
      label: `/${name} ${usage}`.trimEnd(),
      detail: words.local[name],
    })),
    ...state.commands
      .filter(({ name }) => !own.has(name))
      .map(({ name, usage, summary }): Target => ({
        type: "slash",
        name,
        label: sanitizeLine(`/${name} ${usage}`, 80),
        detail: sanitizeLine(summary, 120),
      })),
    ...commands.map((command): Target => ({
      type: "command",
      command,
      label: words.commands[command],
      detail: keysOf(keymap, command).join(" "),
    })),
  ];
}

// What makes no sense to choose from a list.
const HIDDEN = new Set<AppCommand>([
  ...COMMAND_GROUPS.edit,
  "submit",
  "newline",
  "complete",
  "complete-back",
  "go-to",
  "escape",
  "clear-or-quit",
  "delete-or-quit",
]);

/** 3 begins with it, 2 holds it, 1 holds its letters in order, 0 does not fit. */
function rankOf({ label, detail }: Target, wanted: string): number {
  if (wanted === "") return 1;
  const text = label.toLowerCase().replace(/^[#/]/, "");
  if (text.startsWith(wanted)) return 3;
  if (text.includes(wanted) || detail.toLowerCase().includes(wanted)) return 2;
  let at = 0;
  for (const letter of wanted) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return 0;
  }
  return 1;
}

export function goToPanel(overlay: GoTo, state: ChatState, words: Words, keymap: Keymap): Panel {
  const targets = findTargets(overlay, state, words, keymap);
  return {
    title: words.goToTitle,
    index: overlay.index,
    empty: /^#?[^\s/#]+$/.test(overlay.query)
      ? words.enterNewRoom(foldRoomName(overlay.query))
      : words.nothingFound,
    rows: targets.map(({ label, detail }, index) => ({
      text: label,
      detail,
      ...(index === overlay.index ? { style: "selected" as const } : {}),
    })),
  };
}

export function onGoToPress(overlay: GoTo, press: KeyPress, desk: Desk): boolean {
  const { store, words, keymap } = desk;
  const targets = findTargets(overlay, store.getState(), words, keymap);
  const move = (index: number) => {
    const count = Math.max(1, targets.length);
    store.dispatch({ type: "overlay", overlay: { ...overlay, index: (index + count) % count } });
  };
  const name = press.type === "key" ? press.name : "";
  if (name === "up" || name === "shift+tab" || name === "ctrl+p") move(overlay.index - 1);
  else if (name === "down" || name === "tab" || name === "ctrl+n") move(overlay.index + 1);
  else if (name === "enter") choose(targets[overlay.index], overlay.query, desk);
  else {
    const query = editQuery(overlay.query, press);
    if (query === undefined) return false;
    store.dispatch({ type: "overlay", overlay: { ...overlay, query, index: 0 } });
  }
  return true;
}

function choose(target: Target | undefined, query: string, desk: Desk): void {
  const { store, chat } = desk;
  store.dispatch({ type: "overlay", overlay: undefined });
  if (target?.type === "slash") {
    const text = `/${target.name} `;
    store.dispatch({ type: "composer", action: { type: "replace", text, cursor: text.length } });
  } else if (target?.type === "command") desk.perform(target.command);
  else {
    const room = target?.room ?? foldRoomName(query.trim());
    if (room !== "" && !/[\s/]/.test(room)) chat.submit(`/join ${room}`);
  }
}
