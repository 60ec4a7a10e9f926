/** The most bytes of text a request or one datagram of a reply holds; a textbook client's buffer is 1024. */
export const maxTextBytes = 1000;

export type TextEncoding = "utf-8" | "gb18030";

/** Why a datagram holds no request: nothing to answer, bytes that are no text, or more of it than fits. */
export type Undecodable = "empty" | "encoding" | "too long";

export type DecodedText = { readonly text: string } | { readonly refused: Undecodable };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
const gb18030 = new TextDecoder("gb18030", { fatal: true });

/**
 * Reads the text of one datagram the way textbook clients send it: it ends at the first NUL (C sends `strlen + 1`
 * bytes or its whole buffer, rubbish included), and line ends and blanks behind it do not count.
 * @param encoding `gb18030` also takes what is no UTF-8, for Windows consoles.
 */
export function decodeText(datagram: Uint8Array, encoding: TextEncoding = "utf-8"): DecodedText {
  let end = lengthToNul(datagram);
  while (end > 0 && isBlank(datagram[end - 1])) end--;
  if (end === 0) return { refused: "empty" };
  if (end > maxTextBytes) return { refused: "too long" };
  // Another view takes as long as the decoding.
  const bytes = end === datagram.length ? datagram : datagram.subarray(0, end);
  const text = tryDecode(utf8, bytes) ?? (encoding === "gb18030" ? tryDecode(gb18030, bytes) : undefined);
  if (text === undefined) return { refused: "encoding" };
  const trimmed = text.trim();
  return trimmed === "" ? { refused: "empty" } : { text: trimmed };
}

function lengthToNul(datagram: Uint8Array): number {
  // A word is read through sooner than it takes to call out of JavaScript.
  const short = Math.min(datagram.length, 32);
  for (let at = 0; at < short; at++) if (datagram[at] === 0) return at;
  const end = short === datagram.length ? -1 : datagram.indexOf(0, short);
  return end < 0 ? datagram.length : end;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

function tryDecode(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
