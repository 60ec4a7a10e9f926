import { localCommandsWith } from "../commands/local-commands.ts";
import { keysOf, type Keymap } from "../keymap/bindings.ts";
import { COMMAND_GROUPS, type CommandGroup } from "../keymap/commands.ts";
import type { Desk } from "../keymap/desk.ts";
import type { Words } from "../i18n/words.ts";
import type { Overlay } from "../store/overlay.ts";
import type { ChatState } from "../store/state.ts";
import type { KeyPress } from "../terminal/keys.ts";
import type { Panel, PanelRow } from "./panel.ts";

type Help = Extract<Overlay, { type: "help" }>;

/** All keys as they are bound, and all commands of the client and the hub. */
export function helpRows(state: ChatState, words: Words, keymap: Keymap): PanelRow[] {
  const own = new Set(localCommandsWith(state.commands).map(({ name }) => name));
  const line = (text: string, detail: string): PanelRow => ({ text, detail });
  return [
    ...(Object.keys(COMMAND_GROUPS) as CommandGroup[]).flatMap((group): PanelRow[] => [
      { text: words.groups[group], style: "title" },
      ...COMMAND_GROUPS[group].flatMap((command) => {
        const keys = keysOf(keymap, command);
        return keys.length === 0 ? [] : [line(keys.join(" "), words.commands[command])];
      }),
      ...(group === "rooms" ? [line("Alt+1…9", words.roomByNumber)] : []),
      { text: "" },
    ]),
    { text: words.commandsOfClient, style: "title" },
    ...localCommandsWith(state.commands).map(({ name, usage }) =>
      line(`/${name} ${usage}`, words.local[name]),
    ),
    { text: "" },
    { text: words.commandsOfHub, style: "title" },
    ...state.commands
      .filter(({ name }) => !own.has(name as never))
      .map(({ name, usage, summary }) => line(`/${name} ${usage}`, summary)),
  ];
}

export function helpPanel(
  overlay: Help,
  state: ChatState,
  words: Words,
  keymap: Keymap,
  height: number,
): Panel {
  const rows = helpRows(state, words, keymap);
  return { title: words.helpTitle, rows, index: overlay.top + Math.floor(height / 2), isTall: true };
}

export function onHelpPress(overlay: Help, press: KeyPress, desk: Desk): boolean {
  const { height } = desk.frame().panelSize;
  const last = Math.max(0, helpRows(desk.store.getState(), desk.words, desk.keymap).length - height);
  const by =
    press.type === "wheel" ? press.rows : press.type === "key" ? stepOf(press.name, height) : undefined;
  if (by === "close" || (press.type === "text" && press.text === "q")) {
    desk.store.dispatch({ type: "overlay", overlay: undefined });
    return true;
  }
  if (by === undefined) return press.type === "text" || press.type === "paste";
  desk.store.dispatch({
    type: "overlay",
    overlay: { ...overlay, top: Math.min(last, Math.max(0, overlay.top + by)) },
  });
  return true;
}

function stepOf(name: string, height: number): number | "close" | undefined {
  const steps: Readonly<Record<string, number | "close">> = {
    up: -1,
    down: 1,
    pageup: 1 - height,
    pagedown: height - 1,
    home: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
    enter: "close",
    "alt+h": "close",
    f1: "close",
  };
  return steps[name];
}
