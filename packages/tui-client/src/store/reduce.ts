import { reduceComposer } from "../composer/composer.ts";
import { sanitizeLine, sanitizeName, sanitizeText } from "../text/sanitize.ts";
import type { ChatAction } from "./actions.ts";
import { changeMessage } from "./changes.ts";
import {
  addNotice,
  addPending,
  closeRoom,
  dismiss,
  forgetTyping,
  leaveRoom,
  markAllRead,
  noteTyping,
  openRoom,
  receiveMessages,
  setUsers,
  settlePending,
  showRoom,
  updateRoom,
} from "./rooms.ts";
import { endRun, printRun, progressRun, startRun } from "./runs.ts";
import { type ChatState, MAX_COMMANDS, type Room, shownRoom } from "./state.ts";

/** The state after an action. Pure: every time and number comes with the action. */
export function reduce(state: ChatState, action: ChatAction): ChatState {
  return dropTarget(state, apply(state, action), action);
}

/** A draft that is no longer what was begun must not be saved over a message, nor go to another room as one of its own. */
function dropTarget(before: ChatState, state: ChatState, action: ChatAction): ChatState {
  const { target, composer } = state;
  if (target === undefined) return state;
  const isEdit = target.type === "edit";
  if (target.room !== shownRoom(state).name) {
    const left = { ...state, target: undefined };
    return isEdit ? { ...left, composer: reduceComposer(composer, { type: "clear" }) } : left;
  }
  const isFound = action.type === "composer" && action.action.type === "recall";
  const isOtherLine =
    before.target === target && (isFound || composer.history.position !== before.composer.history.position);
  return isEdit && isOtherLine ? { ...state, target: undefined } : state;
}

function apply(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case "messages":
      return receiveMessages(state, action.messages);
    case "changed":
      return changeMessage(state, action.change);
    case "typing":
      return noteTyping(state, action.room, action.nick, action.at);
    case "notice":
      return addNotice(state, action.room ?? shownRoom(state).name, action.text, action.at);
    case "presence":
      return setUsers(state, action.room, action.users);
    case "connection": {
      const reason = action.reason === undefined ? {} : { reason: sanitizeLine(action.reason) };
      const since = action.state === state.connection.state ? state.connection.sinceMs : action.at;
      const sinceMs = since === undefined ? {} : { sinceMs: since };
      const way = action.state === "online" ? state.way : undefined;
      return { ...state, connection: { state: action.state, ...reason, ...sinceMs }, way };
    }
    case "nick":
      return { ...state, nick: sanitizeName(action.nick) };
    case "way":
      return { ...state, way: action.way };
    case "commands":
      return { ...state, commands: cleanCommands(action.commands) };
    case "said":
      return addPending(state, action.message, action.at);
    case "stored":
      return settlePending(state, action.message, {
        delivery: "stored",
        seq: action.seq,
        isProvisional: true,
      });
    case "failed":
      return settlePending(state, action.message, {
        delivery: "failed",
        reason: sanitizeLine(action.reason),
      });
    case "dismissed":
      return dismiss(state, action.room, action.id);
    case "translated":
      return translate(state, action.room, action.seq, sanitizeLine(action.text, 400));
    case "run-started":
      return startRun(state, action.room, action.id, action.command, action.at);
    case "run-printed":
      return printRun(
        state,
        action.room,
        action.id,
        action.lines.map((line) => sanitizeText(line)),
      );
    case "run-progressed":
      return progressRun(state, action.room, action.id, action.text);
    case "run-ended": {
      const { type: _type, room, id, ...outcome } = action;
      return endRun(state, room, id, outcome);
    }
    case "room-opened":
      return openRoom(state, action.room);
    case "room-closed":
      return closeRoom(state, action.room);
    case "room-shown":
      return showRoom(state, action.index);
    case "all-read":
      return markAllRead(state);
    case "scrolled":
      return scrollShown(state, action.anchor);
    case "composer":
      return { ...state, composer: reduceComposer(state.composer, action.action) };
    case "targeted":
      return { ...state, target: action.target };
    case "overlay":
      return { ...state, overlay: action.overlay };
    case "clock":
      return forgetTyping(state, action.at);
    case "bare":
      return { ...state, isBare: action.isBare };
    case "focused":
      return { ...(action.isFocused ? state : leaveRoom(state)), isFocused: action.isFocused };
    case "hinted":
      return { ...state, hint: action.hint, isQuitting: action.isQuitting ?? false };
  }
}

/** The hub's table, as it may be shown and completed. */
function cleanCommands(commands: ChatState["commands"]): ChatState["commands"] {
  return commands.slice(0, MAX_COMMANDS).map((command) => ({
    ...command,
    name: sanitizeName(command.name),
    usage: sanitizeLine(command.usage, 200),
    summary: sanitizeLine(command.summary, 200),
  }));
}

function scrollShown(state: ChatState, anchor: Room["anchor"]) {
  return updateRoom(state, shownRoom(state).name, ({ anchor: _previous, ...room }) =>
    anchor === undefined ? { ...room, newBelow: 0 } : { ...room, anchor },
  );
}

function translate(state: ChatState, name: string, seq: number, translation: string): ChatState {
  return updateRoom(state, name, (room) => {
    const index = room.entries.findLastIndex((entry) => entry.seq === seq);
    const entry = room.entries[index];
    return entry === undefined
      ? room
      : { ...room, entries: room.entries.with(index, { ...entry, translation }) };
  });
}
