import { Refusal, type Caller } from "@palaver/plugin-api";
import { nickOf, tryCurrentRoom, type Chat } from "../chat.ts";
import { parseRoomName } from "../words/room-name.ts";
import { splitWord } from "../words/target.ts";

/** What a command with a name and a rest is about. */
export interface Addressed {
  readonly room: string;
  readonly word: string;
  readonly rest: string;
}

/**
 * Reads `bob 1h spam` and `#dev bob 1h spam`: a room in front is meant instead of the current one, and the caller need
 * not be in it.
 * @throws {Refusal} INVALID without a room or a word.
 */
export function addressed(
  chat: Chat,
  caller: Caller,
  first: string | undefined,
  rest: string | undefined,
): Addressed {
  nickOf(caller);
  const inRoom = first?.startsWith("#") === true;
  const room = inRoom ? parseRoomName(first) : tryCurrentRoom(chat, caller);
  if (room === undefined) throw new Refusal(`You are in no room. Send: /join ${chat.settings.lobby}`);
  return { room, ...(inRoom ? splitWord(rest ?? "") : { word: first ?? "", rest: rest ?? "" }) };
}

/**
 * Reads `bob`, `bob 1h spam`, and both with a room in front.
 * @throws {Refusal} INVALID when no name was given.
 */
export function addressedTo(chat: Chat, caller: Caller, given: string, more?: string): Addressed {
  const { word: first, rest } = splitWord(more === undefined ? given : `${given} ${more}`);
  const about = addressed(chat, caller, first, rest);
  if (about.word === "") throw new Refusal(`Say who: a nickname behind #${about.room}.`, "INVALID");
  return about;
}
