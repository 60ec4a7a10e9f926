import { fittingRows } from "@palaver/plugin-api";
import { type ControlMessage, MAX_MEMBERS } from "@palaver/protocol";

type Members = Extract<ControlMessage, { type: "joined" }>["members"];

/** Who is in a room, as `joined` says it: of a very full room those who came first, as many as a record of 64 KiB holds. */
export function joinedMembers(nicks: Iterable<string>): Members {
  const members = [...new Set(nicks)].slice(0, MAX_MEMBERS);
  return [...fittingRows(members.map((nick) => ({ nick, state: "online" as const })))];
}
