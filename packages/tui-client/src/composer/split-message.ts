import { graphemesOf } from "../text/graphemes.ts";

/** What a hub takes as one message, in bytes of UTF-8. */
export const MAX_MESSAGE_BYTES = 2000;

/**
 * A draft as messages that a hub takes, in order: one for each line that says something, since a hub makes one line of a
 * message; a long one is cut behind a blank, else between two graphemes.
 */
export function splitMessage(text: string, maxBytes = MAX_MESSAGE_BYTES): string[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .flatMap((line) => splitLine(line, maxBytes));
}

function splitLine(line: string, maxBytes: number): string[] {
  if (Buffer.byteLength(line) <= maxBytes) return [line];
  const parts: string[] = [];
  let part = "";
  let bytes = 0;
  for (const grapheme of graphemesOf(line)) {
    const more = Buffer.byteLength(grapheme);
    if (bytes + more > maxBytes && part !== "") {
      const blank = part.lastIndexOf(" ");
      const end = blank > part.length / 2 ? blank + 1 : part.length;
      parts.push(part.slice(0, end).trimEnd());
      part = part.slice(end);
      bytes = Buffer.byteLength(part);
    }
    part += grapheme;
    bytes += more;
  }
  // What was left behind the last blank may be nothing.
  return part.trim() === "" ? parts : [...parts, part];
}
