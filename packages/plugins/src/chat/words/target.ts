import { isRoomName } from "./room-name.ts";

/** Takes a room's name off the front: `#dev hello`. A `#` that begins no room name is part of the text. */
export function splitRoom(text: string): { readonly room: string | undefined; readonly rest: string } {
  const [, word, rest] = /^#([^\s#]\S*)(?:\s+|$)(.*)$/s.exec(text) ?? [];
  if (word === undefined || !isRoomName(word)) return { room: undefined, rest: text };
  return { room: word, rest: rest ?? "" };
}

/** Takes a message's number off the front: `^41 hello`. */
export function splitNumber(text: string): { readonly seq: number | undefined; readonly rest: string } {
  const [, digits, rest = ""] = /^\^(\d{1,15})(?:\s+|$)(.*)$/s.exec(text) ?? [];
  return digits === undefined ? { seq: undefined, rest: text } : { seq: Number(digits), rest };
}

/** Takes the first word off the front. */
export function splitWord(text: string): { readonly word: string; readonly rest: string } {
  const [, word = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  return { word, rest };
}
