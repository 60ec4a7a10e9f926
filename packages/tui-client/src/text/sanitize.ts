import { createControlStripper } from "./control-stripper.ts";

/** What is shown of one message, in UTF-16 units; the rest is counted, not shown. */
const MAX_SHOWN_LENGTH = 8000;
/** What is shown of a name. */
const MAX_NAME_LENGTH = 64;

// More marks on one letter than any script needs climb over the neighbouring rows.
const STACKED_MARKS = /(\p{M}{8})\p{M}+/gu;

// Nothing in it could be more than it looks like: most of what is said, and a tenth of the work.
const PLAIN = /^[\n -~\u4e00-\u9fff\u3001-\u3020\uff01-\uff5e]*$/;

/**
 * Text from the network, safe for a terminal: no control but line feeds, no escape sequence, no bidi control,
 * tabs as blanks, at most `maxLength` UTF-16 units.
 */
export function sanitizeText(text: string, maxLength = MAX_SHOWN_LENGTH): string {
  if (text.length <= maxLength && PLAIN.test(text)) return text;
  // Cutting first bounds the work; whatever hides in the rest is not shown anyway.
  const head = text.length > maxLength ? text.slice(0, maxLength) : text;
  const clean = createControlStripper()
    .push(head.toWellFormed().replace(/\r(?!\n)/g, " "))
    .replace(/\t/g, " ")
    .replace(/[\u2028\u2029]/g, "\n")
    .replace(STACKED_MARKS, "$1");
  return text.length > maxLength ? `${clean}… [${text.length - maxLength} more]` : clean;
}

/** What the user typed, pasted or wrote in an editor, whole: whatever ends a line is a line feed. */
export function sanitizeDraft(text: string): string {
  return sanitizeText(text.replace(/\r\n?/g, "\n"), Number.MAX_SAFE_INTEGER);
}

/** Like `sanitizeText`, and in one line. */
export function sanitizeLine(text: string, maxLength = MAX_SHOWN_LENGTH): string {
  return sanitizeText(text, maxLength)
    .replace(/\s*\n\s*/g, " ")
    .trim();
}

/** A nickname or a room's name, for display. */
export function sanitizeName(name: string): string {
  return sanitizeLine(name, MAX_NAME_LENGTH) || "?";
}
