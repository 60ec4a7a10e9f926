import { fittingRows, type RoomMessage } from "@palaver/plugin-api";

/** A message as one line. What a person wrote stands behind the nickname, so that it cannot imitate another line. */
export function transcriptLine({ kind, from, text, to, deletedAt }: RoomMessage): string {
  if (deletedAt !== undefined) return `* a message of ${from} was deleted`;
  if (kind === "me") return `* ${from} ${text}`;
  return to === undefined ? `${from}: ${text}` : `${from} (to ${to}): ${text}`;
}

/** A message as one line with its number, by which it can be answered or changed, and its time. */
export function numberedLine(message: RoomMessage): string {
  return `^${message.seq} ${timeOf(message.at)} ${transcriptLine(message)}`;
}

/** `2026-11-21 16:05Z`: people of one room may live anywhere. */
export function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")}Z`;
}

/** The newest lines that fit into `maxBytes`, each with its line end. */
export function newestLines(messages: readonly RoomMessage[], maxBytes: number): readonly string[] {
  const lines = messages.map(transcriptLine);
  let bytes = 0;
  let first = lines.length;
  while (first > 0) {
    bytes += Buffer.byteLength(lines[first - 1] ?? "") + 1;
    if (bytes > maxBytes) break;
    first--;
  }
  return lines.slice(first);
}

/** The newest messages, as many as a reply's data holds; oldest first. */
export function newestData(messages: readonly RoomMessage[]): readonly RoomMessage[] {
  return fittingRows(messages.toReversed()).toReversed();
}
