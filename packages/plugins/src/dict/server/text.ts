/** RFC 2229 wants text lines of at most 1024 octets; a character takes four at most, and a dot may come before. */
const maxLineCharacters = 250;

/** Whether a line is sent as it is; half a line of a list is none of the protocol. */
export function fitsLine(line: string): boolean {
  return line.length <= maxLineCharacters;
}

/** Writes a text as RFC 2229, 2.4.1 has it: lines that end with CRLF, a dot before a dot, a dot alone at the end. */
export function formatText(text: string): string {
  const lines = text.split(/\r?\n/).flatMap(wrapLine);
  return `${lines.map((line) => (line.startsWith(".") ? `.${line}` : line)).join("\r\n")}\r\n.\r\n`;
}

function wrapLine(line: string): string[] {
  const pieces: string[] = [];
  let rest = line;
  while (rest.length > maxLineCharacters) {
    const blank = rest.lastIndexOf(" ", maxLineCharacters);
    let end = blank > maxLineCharacters / 2 ? blank : maxLineCharacters;
    // A character outside the basic plane is two units.
    if (/[\uD800-\uDBFF]/.test(rest[end - 1]!)) end--;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...pieces, rest];
}
