import { isIPv4, isIPv6 } from "node:net";

/** Bytes of an address "1.2.3.4:5" or "[::1]:5": the ip, then the port in two bytes. Anything else: its text. */
export function parseAddressBytes(address: string): Uint8Array {
  const colon = address.lastIndexOf(":");
  const port = Number(address.slice(colon + 1));
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  const ip = isIPv4(host) ? host.split(".").map(Number) : isIPv6(host) ? parseIpv6(host) : undefined;
  if (!ip || !(port >= 0 && port <= 0xffff)) return Buffer.from(address);
  return Uint8Array.from([...ip, port >>> 8, port & 0xff]);
}

function parseIpv6(host: string): number[] {
  const [bare] = host.split("%") as [string];
  // "::ffff:1.2.3.4" ends in four decimal bytes.
  const mapped = bare.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_all, a: string, b: string, c: string, d: string) =>
      [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(":"),
  );
  const [head = "", tail] = mapped.split("::");
  const groupsOf = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >>> 8, value & 0xff];
  });
}

/** Key of the prefix that limits are counted by: /24 of IPv4, /56 of IPv6. */
export function prefixOf(addressBytes: Uint8Array): string {
  const length = addressBytes.length === 6 ? 3 : addressBytes.length === 18 ? 7 : addressBytes.length;
  return Buffer.from(addressBytes.subarray(0, length)).toString("latin1");
}
