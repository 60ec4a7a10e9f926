import { isIP } from "node:net";

/** A network as `address/length`; a single address is a network of one. Undefined when it is neither. */
export function tryParseNetwork(text: string): string | undefined {
  const [address = "", length, ...rest] = text.split("/");
  const family = address.includes("%") ? 0 : isIP(address);
  if (family === 0 || rest.length > 0) return undefined;
  const bits = family === 4 ? 32 : 128;
  if (length === undefined) return `${address}/${bits}`;
  return /^\d{1,3}$/.test(length) && Number(length) <= bits ? `${address}/${Number(length)}` : undefined;
}
