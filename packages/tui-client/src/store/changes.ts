import type { RoomChange } from "@palaver/client";
import { findMentions } from "../text/mentions.ts";
import { sanitizeName, sanitizeText } from "../text/sanitize.ts";
import type { Entry, Reaction } from "./entry.ts";
import { updateRoom } from "./rooms.ts";
import type { ChatState } from "./state.ts";

/** Different reactions that one message shows; further ones are dropped. */
const MAX_REACTIONS = 12;
/** People that are kept of one reaction. */
const MAX_REACTING = 1000;
/** A reaction is an emoji or a short word. */
const MAX_EMOJI_LENGTH = 16;

/** An edit, a deletion or a reaction, on the message that it is about; nothing when we no longer have that. */
export function changeMessage(state: ChatState, change: RoomChange): ChatState {
  return updateRoom(state, change.room, (room) => {
    const index = room.entries.findLastIndex(({ seq }) => seq === change.target);
    const entry = room.entries[index];
    return entry === undefined
      ? room
      : { ...room, entries: room.entries.with(index, changed(entry, change, state.nick)) };
  });
}

function changed(entry: Entry, { action, from, text }: RoomChange, nick: string | undefined): Entry {
  switch (action) {
    case "edit": {
      const clean = sanitizeText(text);
      const isMention = entry.from !== nick && findMentions(clean, nick).length > 0;
      return { ...entry, text: clean, isEdited: true, isMention };
    }
    case "delete":
      return { ...entry, text: "", isDeleted: true, isMention: false, reactions: [] };
    case "react":
    case "unreact":
      return {
        ...entry,
        reactions: react(entry.reactions ?? [], sanitizeName(text).slice(0, MAX_EMOJI_LENGTH), from, action),
      };
  }
}

function react(
  reactions: readonly Reaction[],
  emoji: string,
  from: string,
  action: "react" | "unreact",
): readonly Reaction[] {
  const nick = sanitizeName(from);
  const known = reactions.find((reaction) => reaction.emoji === emoji);
  const others = (known?.nicks ?? []).filter((each) => each !== nick);
  const nicks = action === "react" ? [...others, nick].slice(-MAX_REACTING) : others;
  if (known === undefined) {
    return action === "unreact" || reactions.length >= MAX_REACTIONS
      ? reactions
      : [...reactions, { emoji, nicks }];
  }
  return reactions
    .map((reaction) => (reaction === known ? { emoji, nicks } : reaction))
    .filter((reaction) => reaction.nicks.length > 0);
}
