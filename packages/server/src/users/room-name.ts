import { Refusal } from "@palaver/plugin-api";
import { MAX_ROOM_BYTES } from "@palaver/protocol";

// Names in the form that needs no closer look, as most are.
const plainName = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/**
 * That a room's name cannot be taken for anything else where it is shown: letters, marks and digits of any language, `-` and
 * `_`, in lower case. What else the chat asks of a name is its own business.
 * @throws {Refusal} INVALID
 */
export function checkRoomName(room: string): void {
  if (typeof room === "string" && plainName.test(room)) return;
  const isName =
    typeof room === "string" &&
    room.length <= MAX_ROOM_BYTES &&
    Buffer.byteLength(room) <= MAX_ROOM_BYTES &&
    /^[\p{L}\p{M}\p{N}_-]+$/u.test(room) &&
    room.toLowerCase() === room;
  if (!isName)
    throw new Refusal(
      `A room's name has letters, digits, - and _, in lower case, and at most ${MAX_ROOM_BYTES} bytes.`,
      "INVALID",
    );
}
