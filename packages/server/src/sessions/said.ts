import type { Reply } from "@palaver/plugin-api";
import {
  cleanText,
  encodeRoomStream,
  fittingLength,
  MAX_TEXT_BYTES,
  type RoomAction,
  type RoomStreamMessage,
} from "@palaver/protocol";
import type { Sink } from "../peers/peer.ts";
import type { Message } from "../router.ts";
import type { RoomFeed } from "./room-feed.ts";

/** What a client asks of a room and waits for: stored, under a number, or refused. */
export type Said = Extract<RoomStreamMessage, { readonly type: "say" | "act" }>;

const commands: { readonly [A in RoomAction]: string | undefined } = {
  unknown: undefined,
  reply: "reply",
  edit: "edit",
  delete: "delete",
  react: "react",
  unreact: "unreact",
};

/** Answers what was said on a room's stream once `route` has dealt with it. */
export function answerSaid(
  room: string,
  said: Said,
  feed: RoomFeed,
  route: (message: Message, sink: Sink) => void,
): void {
  const { id } = said;
  const message = commandOf(room, said);
  if (!message) return refuseSaid(said, feed, "This hub is older than your client, and does not know how.");
  let seq: number | undefined;
  route(message, {
    reply(reply) {
      seq = seqOf(reply) ?? seq;
    },
    end(refusal) {
      if (refusal) refuseSaid(said, feed, refusal.message);
      else if (seq !== undefined) feed.answer(encodeRoomStream({ type: "stored", id, seq }));
      else refuseSaid(said, feed, "Nobody here keeps messages.");
    },
  });
}

export function refuseSaid({ id }: Said, feed: RoomFeed, text: string): void {
  const clean = cleanText(text);
  const fitting = clean.slice(0, fittingLength(clean, MAX_TEXT_BYTES));
  feed.answer(encodeRoomStream({ type: "refused", id, text: fitting }));
}

function commandOf(room: string, said: Said): Message | undefined {
  const id = Buffer.from(said.id).toString("hex");
  if (said.type === "say") {
    const command = said.kind === "action" ? "me" : "say";
    return { kind: "command", command, argv: [`#${room}`, said.text], id };
  }
  const command = commands[said.action];
  const words = [`#${room}`, `^${said.target}`];
  const argv = said.text === "" ? words : [...words, said.text];
  return command === undefined ? undefined : { kind: "command", command, argv, id };
}

function seqOf(reply: Reply): number | undefined {
  if (typeof reply === "string" || !("data" in reply)) return undefined;
  return (reply.data as { readonly seq?: number } | undefined)?.seq;
}
