import { Refusal } from "@palaver/plugin-api";
import { isRoomName } from "./room-name.ts";

const maxShownBytes = 32;

/** Takes a room's name off the front: `#dev hello`. A `#` that begins no room name is part of the text. */
export function splitRoom(text: string): { readonly room: string | undefined; readonly rest: string } {
  const [, word, rest] = /^#([^\s#]\S*)(?:\s+|$)(.*)$/s.exec(text) ?? [];
  if (word === undefined || !isRoomName(word)) return { room: undefined, rest: text };
  return { room: word, rest: rest ?? "" };
}

/**
 * Takes a message's number off the front: `^41 hello`.
 * @throws {Refusal} INVALID for what only looks like one (`^-1`): as text it would be said or take the place of a message.
 */
export function splitNumber(text: string): { readonly seq: number | undefined; readonly rest: string } {
  const [, digits, rest = ""] = /^\^(\d{1,15})(?:\s+|$)(.*)$/s.exec(text) ?? [];
  if (digits !== undefined) return { seq: Number(digits), rest };
  const [wrong] = /^\^[-+]?\d\S*/.exec(text) ?? [];
  if (wrong !== undefined) {
    const said = Buffer.byteLength(wrong) > maxShownBytes ? "That" : wrong;
    throw new Refusal(`${said} is no number of a message; write ^41, or none for the last one.`, "INVALID");
  }
  return { seq: undefined, rest: text };
}

/** Takes the first word off the front. */
export function splitWord(text: string): { readonly word: string; readonly rest: string } {
  const [, word = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  return { word, rest };
}
