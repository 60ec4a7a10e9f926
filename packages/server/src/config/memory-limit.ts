/** What the hub may use: bytes, a part of what the machine has, or as much as there is. */
export type MemoryLimit = number | "auto" | "off";

const bytesOf = { MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
// The hub alone takes about 110 MiB, and 140 after a flood: with less it would refuse everybody, then for ever.
const minBytes = 192 * bytesOf.MiB;

/** @throws {SyntaxError} */
export function parseMemoryLimit(text: string): MemoryLimit {
  if (text === "auto" || text === "off") return text;
  const [, amount, unit] = /^(\d{1,7})(MiB|GiB)$/.exec(text) ?? [];
  const bytes = Number(amount) * bytesOf[unit as keyof typeof bytesOf];
  if (!(bytes >= minBytes)) throw new SyntaxError("is no such size; write auto, off, or 192MiB and more");
  return bytes;
}
