import { graphemesOf } from "../text/graphemes.ts";

/** What a hub takes as one message, in bytes of UTF-8. */
export const MAX_MESSAGE_BYTES = 2000;

/**
 * A long draft as messages that a hub takes, in order: cut between lines where it can be, else behind a blank, else
 * between two graphemes.
 */
export function splitMessage(text: string, maxBytes = MAX_MESSAGE_BYTES): string[] {
  if (Buffer.byteLength(text) <= maxBytes) return [text];
  const messages: string[] = [];
  let message = "";
  for (const line of text.split("\n").flatMap((each) => splitLine(each, maxBytes))) {
    const longer = message === "" ? line : `${message}\n${line}`;
    if (Buffer.byteLength(longer) <= maxBytes) {
      message = longer;
      continue;
    }
    messages.push(message);
    message = line;
  }
  messages.push(message);
  // A message of nothing but empty lines says nothing.
  return messages.filter((each) => each.trim() !== "");
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
  return [...parts, part];
}
