import { reduceComposer } from "../composer/composer.ts";
import { sanitizeLine, sanitizeName } from "../text/sanitize.ts";
import type { ChatAction } from "./actions.ts";
import {
  addNotice,
  addPending,
  closeRoom,
  openRoom,
  receiveMessages,
  setUsers,
  settlePending,
  showRoom,
  updateRoom,
} from "./rooms.ts";
import { type ChatState, shownRoom } from "./state.ts";

/** The state after an action. Pure: every time and number comes with the action. */
export function reduce(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case "messages":
      return receiveMessages(state, action.messages);
    case "notice":
      return addNotice(state, action.room ?? shownRoom(state).name, action.text, action.at);
    case "presence":
      return setUsers(state, action.room, action.users);
    case "connection": {
      const reason = action.reason === undefined ? {} : { reason: sanitizeLine(action.reason) };
      const lagMs = action.state === "online" ? state.lagMs : undefined;
      return { ...state, connection: { state: action.state, ...reason }, lagMs };
    }
    case "nick":
      return { ...state, nick: sanitizeName(action.nick) };
    case "lag":
      return { ...state, lagMs: action.lagMs };
    case "commands":
      return { ...state, commands: action.commands };
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
    case "room-opened":
      return openRoom(state, action.room);
    case "room-closed":
      return closeRoom(state, action.room);
    case "room-shown":
      return showRoom(state, action.index);
    case "scrolled":
      return scrollShown(state, action.anchor);
    case "composer":
      return { ...state, composer: reduceComposer(state.composer, action.action) };
    case "hinted":
      return { ...state, hint: action.hint, isQuitting: action.isQuitting ?? false };
  }
}

function scrollShown(
  state: ChatState,
  anchor: NonNullable<ReturnType<typeof shownRoom>["anchor"]> | undefined,
) {
  return updateRoom(state, shownRoom(state).name, ({ anchor: _previous, ...room }) =>
    anchor === undefined ? { ...room, newBelow: 0 } : { ...room, anchor },
  );
}
