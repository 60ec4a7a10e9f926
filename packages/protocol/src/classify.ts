/** First byte of every framed datagram: it starts no UTF-8 sequence, so no text can begin with it. */
export const FRAME_MARK = 0xf9;

/** Which of the two dialects a datagram speaks. */
export type Dialect = "frame" | "text";

/**
 * Tells a framed datagram from a textual one by its first two bytes.
 *
 * `F9` followed by a C0 control decodes in none of UTF-8, GBK, Big5, Shift-JIS and EUC-KR, so real text in any of
 * them is never taken for a frame.
 */
export function classify(datagram: Uint8Array): Dialect {
  const kind = datagram[1];
  return datagram[0] === FRAME_MARK && kind !== undefined && kind >= 0x01 && kind <= 0x1f ? "frame" : "text";
}
