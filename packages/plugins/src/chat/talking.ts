import { Refusal, type Caller, type RoomMessage, type StructuredReply } from "@palaver/plugin-api";
import { nickOf, type Chat } from "./chat.ts";
import { cautiousNow } from "./rules/clock.ts";
import { checkSpeak } from "./rules/permits.ts";
import { authorOf } from "./rules/subject.ts";
import type { NewMessage } from "./store/history.ts";
import { store, tryStore } from "./store/storing.ts";
import { findMentions } from "./words/mentions.ts";
import { parseSpoken } from "./words/spoken-text.ts";

const maxMessageBytes = 2000;

export type Answer = StructuredReply | void;

/** What is said, and the message it answers. */
export interface Speech {
  readonly kind: "say" | "me";
  readonly text: string;
  readonly answers?: RoomMessage;
}

/** Stores a message and gives it to everyone in the room, in this order: nobody reads what a crash could take back. */
export function post(
  chat: Chat,
  caller: Caller,
  room: string,
  speech: Speech,
  id: string | undefined,
): Answer {
  let text: string;
  try {
    text = parseSpoken(speech.text, "Your message", maxMessageBytes);
    nickOf(caller);
    checkSpeak(chat, room, caller);
  } catch (refusal) {
    // Looked for only here and where the store has it already: a search costs half as much as the message itself.
    const before = tryAnswerAgain(chat, id);
    if (before) return before;
    throw refusal;
  }
  const { answers } = speech;
  return publish(chat, caller, {
    room,
    at: Date.now(),
    from: nickOf(caller),
    kind: speech.kind,
    text,
    ...mentionsIn(chat, room, text),
    ...(answers && { target: answers.seq, to: answers.from }),
    ...authorOf(caller),
    id,
  });
}

/** Whom a text names, where it names anybody. */
export function mentionsIn(
  { users, rooms }: Chat,
  room: string,
  text: string,
): Pick<RoomMessage, "mentions"> {
  const named = findMentions(
    text,
    (nick) => users.find(nick),
    (user) => rooms.of(user.id).includes(room),
  );
  return named.length === 0 ? {} : { mentions: named };
}

/** Asked again after a broken connection: it is stored, and everyone has it. */
export function tryAnswerAgain(chat: Chat, id: string | undefined): StructuredReply | undefined {
  const before = id === undefined ? undefined : chat.history.find(id);
  return before && { text: "", data: { room: before.room, seq: before.seq, at: before.at } };
}

/** Stores a message, or a change of one, tells the room, and answers. */
export function publish(chat: Chat, caller: Caller, given: NewMessage): Answer {
  const { history, retention, search, rooms, commit } = chat;
  const { room, at, from, kind, text, target, to, mentions } = given;
  const isChange = target !== undefined && (kind === "edit" || kind === "delete");
  const mayWait = caller.dialect === "session" && !isChange;
  const write = () =>
    isChange ? history.change({ ...given, target }) : history.append(given, commit.lastSeq(room));
  const seq = store(chat, write, mayWait);
  if (seq === undefined) return tryAnswerAgain(chat, given.id);
  if (mayWait) commit.written(given, seq);
  rooms.publish({
    room,
    seq,
    at,
    from,
    kind,
    text,
    ...(target !== undefined && { target }),
    ...(to !== undefined && { to }),
    ...(mentions && { mentions }),
  });
  tryStore(chat, () => {
    retention.stored(room, seq, cautiousNow);
    search.stored();
  });
  // Text peers are answered by the message itself, which the room sends to its author too.
  return caller.dialect === "text" ? undefined : { text: "", data: { room, seq, at } };
}

/**
 * A message that somebody wants to do something with: by its number, else the last one that fits.
 * @throws {Refusal} when there is none.
 */
export function findSaid(
  chat: Chat,
  room: string,
  seq: number | undefined,
  last: () => ReturnType<Chat["history"]["get"]>,
) {
  const found = seq === undefined ? last() : chat.history.get(room, seq);
  const { kind, deletedAt } = found?.message ?? {};
  if (!found || (kind !== "say" && kind !== "me")) {
    const which = seq === undefined ? "such message" : `message ${seq}`;
    throw new Refusal(`There is no ${which} in #${room}; it may be too old. Send: /history`, "NOT_FOUND");
  }
  if (deletedAt !== undefined) throw new Refusal("That message was deleted.", "NOT_FOUND");
  return found;
}
