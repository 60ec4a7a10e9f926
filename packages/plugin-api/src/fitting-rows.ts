/** Bytes of JSON that a reply's `data` may have; one with more is refused to its caller (TOO_LARGE). */
export const MAX_DATA_BYTES = 60 * 1024;

// For what stands beside the rows: names, a topic, counts.
const besideBytes = 4 * 1024;

/**
 * The first of the rows, as many as a reply's `data` holds beside some 4 KiB of other fields: for lists whose rows hold what
 * users wrote, and whose length in bytes is therefore anybody's choice.
 */
export function fittingRows<Row>(rows: readonly Row[]): readonly Row[] {
  let room = MAX_DATA_BYTES - besideBytes;
  const end = rows.findIndex((row) => (room -= Buffer.byteLength(JSON.stringify(row) ?? "null") + 1) < 0);
  return end < 0 ? rows : rows.slice(0, end);
}
