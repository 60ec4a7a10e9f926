import { command, Refusal, type AnyCommand, type Caller } from "@palaver/plugin-api";
import * as z from "zod";
import { nickOf, noticeRate, roomOf, type Chat } from "../chat.ts";
import { checkSpeak } from "../rules/permits.ts";
import { rankOf, ranks, type Rank } from "../rules/rank.ts";
import { authorOf } from "../rules/subject.ts";
import type { StoredMessage } from "../store/history.ts";
import { findSaid, mentionsIn, post, publish, tryAnswerAgain, type Answer } from "../talking.ts";
import { parseSpoken } from "../words/spoken-text.ts";
import { splitNumber, splitRoom } from "../words/target.ts";

const maxMessageBytes = 2000;
const maxReasonBytes = 200;
// Of one user to one message, what was taken back included.
const maxReactions = 32;

/** `#dev ^41 text`: room and number may be missing. */
interface Wanted {
  readonly room: string;
  readonly seq: number | undefined;
  readonly rest: string;
}

/** What can be done with a message that was said. */
export function createChangeCommands(chat: Chat): Record<string, AnyCommand> {
  const react = (kind: "react" | "unreact", summary: string) =>
    command({
      summary,
      args: { emoji: z.string() },
      rate: noticeRate,
      run: ({ args, caller, id }) => reactTo(chat, caller, kind, args.emoji, id),
    });
  return {
    reply: command({
      summary: "Answer the last message, or one by its number: reply ^41 me too",
      args: { text: z.string() },
      run: ({ args, caller, id }) => reply(chat, caller, args.text, id),
    }),
    edit: command({
      summary:
        "Give your last message another text, or one by its number: edit ^41 I meant this; in sessions only",
      args: { text: z.string() },
      run: ({ args, caller, id }) => edit(chat, caller, args.text, id),
    }),
    delete: command({
      summary:
        "Delete your last message, or one by its number; operators of the room may delete any: delete ^41; in sessions only",
      args: { "number reason": z.string().optional() },
      run: ({ args, caller, id }) => remove(chat, caller, args["number reason"] ?? "", id),
    }),
    react: react(
      "react",
      "Put an emoji to the last message, or to one by its number: react ^41 👍; in sessions only",
    ),
    unreact: react("unreact", "Take your emoji away again: unreact ^41 👍; in sessions only"),
  };
}

function wantedOf(chat: Chat, caller: Caller, given: string): Wanted {
  const { room: named, rest: numbered } = splitRoom(given);
  const room = roomOf(chat, caller, named);
  const { seq, rest } = splitNumber(numbered);
  return { room, seq, rest };
}

function reply(chat: Chat, caller: Caller, given: string, id: string | undefined): Answer {
  const { room, seq, rest } = wantedOf(chat, caller, given);
  const before = tryAnswerAgain(chat, id);
  if (before) return before;
  const { message } = findSaid(chat, room, seq, () => chat.history.last(room));
  return post(chat, caller, room, { kind: "say", text: rest, answers: message }, id);
}

function edit(chat: Chat, caller: Caller, given: string, id: string | undefined): Answer {
  const { room, seq, rest } = wantedOf(chat, caller, given);
  const before = tryAnswerAgain(chat, id);
  if (before) return before;
  const key = keyOf(caller);
  const found = findSaid(chat, room, seq, () => chat.history.lastBy(room, { key }));
  if (found.author.key !== key) throw new Refusal("Only your own messages can be edited.");
  const text = parseSpoken(rest, "Your message", maxMessageBytes);
  checkSpeak(chat, room, caller, "edit");
  return change(chat, caller, found, "edit", text, id);
}

function remove(chat: Chat, caller: Caller, given: string, id: string | undefined): Answer {
  const { room, seq, rest } = wantedOf(chat, caller, given);
  const before = tryAnswerAgain(chat, id);
  if (before) return before;
  const key = keyOf(caller);
  const found = findSaid(chat, room, seq, () => chat.history.lastBy(room, { key }));
  const isOwn = found.author.key === key;
  const rank = rankOf(chat, room, caller);
  if (!isOwn && rank < ranks.op)
    throw new Refusal("Only its author and the operators of the room may delete a message.");
  if (!isOwn && rank <= rankOfAuthor(chat, found))
    throw new Refusal(`${found.message.from} has as many rights here as you.`);
  const reason = rest === "" ? "" : parseSpoken(rest, "The reason", maxReasonBytes);
  // Everybody reads it: without this, the muted would speak in reasons.
  if (isOwn && reason !== "") checkSpeak(chat, room, caller);
  if (!isOwn)
    chat.log.info("a message was deleted", { room, seq: found.message.seq, by: caller.nick, reason });
  return change(chat, caller, found, "delete", reason, id);
}

/** Of the hub's operators the message itself knows, since they may be offline; of others the room does. */
function rankOfAuthor(chat: Chat, { message, author: { key, isOperator } }: StoredMessage): Rank {
  return rankOf(chat, message.room, { key, roles: isOperator ? ["operator"] : [] });
}

function reactTo(
  chat: Chat,
  caller: Caller,
  kind: "react" | "unreact",
  given: string,
  id: string | undefined,
): Answer {
  const { room, seq, rest } = wantedOf(chat, caller, given);
  const before = tryAnswerAgain(chat, id);
  if (before) return before;
  const key = keyOf(caller);
  const emoji = rest.trim();
  if (!/^[\p{RGI_Emoji}\p{Extended_Pictographic}]$/v.test(emoji)) {
    throw new Refusal(`A reaction is one emoji, for example: ${kind} 👍`, "INVALID");
  }
  const found = findSaid(chat, room, seq, () => chat.history.last(room));
  const { last, count } = chat.history.reactions(room, found.message.seq, key, emoji);
  // Done already, by this client or another one of the user's.
  if ((last?.kind ?? "unreact") === kind) {
    return {
      text: "",
      data: { room, seq: last?.seq ?? found.message.seq, at: last?.at ?? found.message.at },
    };
  }
  if (count >= maxReactions) throw new Refusal(`You reacted ${count} times to that message already.`, "BUSY");
  checkSpeak(chat, room, caller, "reaction");
  return change(chat, caller, found, kind, emoji, id);
}

function change(
  chat: Chat,
  caller: Caller,
  { message }: StoredMessage,
  kind: "edit" | "delete" | "react" | "unreact",
  text: string,
  id: string | undefined,
): Answer {
  const { room, seq: target, from: to } = message;
  const from = nickOf(caller);
  return publish(chat, caller, {
    room,
    at: Date.now(),
    from,
    kind,
    text,
    target,
    to,
    ...(kind === "edit" && mentionsIn(chat, room, text)),
    ...authorOf(caller),
    id,
  });
}

/** What somebody said in plain text nobody can tell to be theirs later. @throws {Refusal} for text peers. */
function keyOf(caller: Caller): string {
  if (caller.key !== undefined) return caller.key;
  throw new Refusal(
    "Messages are changed by who has a key; an address in plain text is only a claim. Use: palaver chat",
  );
}
