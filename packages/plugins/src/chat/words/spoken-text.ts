/* eslint-disable no-control-regex -- this file is about them */
import { Refusal } from "@palaver/plugin-api";

// The hub cleans what it sends. What is stored is cleaned here, so that history read by other means (an export, the
// sqlite3 command) drives no terminal either: escape sequences go whole, then the controls that are left.
const escapeSequences =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])\P{Cc}*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?/gu;
const lineEnds = /[\t\n\r\x85\u2028\u2029]+/g;
const controls = /[\p{Cc}\p{Bidi_C}]+/gu;
/** Printable ASCII: nothing to clean, a byte a character. */
const plain = /^[ -~]*$/;

/**
 * What somebody wrote, as one line without controls.
 * @throws {Refusal} INVALID when nothing that shows is left, TOO_LARGE past `maxBytes`.
 */
export function parseSpoken(raw: string, what: string, maxBytes: number): string {
  const isPlain = plain.test(raw);
  const text = isPlain ? raw.trim() : cleanSpoken(raw);
  if (text === "" || (!isPlain && !/[^\s\p{DI}\u2800]/v.test(text)))
    throw new Refusal(`${what} is empty.`, "INVALID");
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw new Refusal(
      `${what} has ${bytes} bytes; at most ${maxBytes} are taken. Send it in parts.`,
      "TOO_LARGE",
    );
  }
  return text;
}

function cleanSpoken(raw: string): string {
  return (
    raw
      .toWellFormed()
      .replaceAll(escapeSequences, "")
      .replaceAll(lineEnds, " ")
      .replaceAll(controls, "")
      // Else a search for é finds only one of its two forms.
      .normalize("NFC")
      .trim()
  );
}
