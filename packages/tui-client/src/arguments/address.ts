import { isIPv6 } from "node:net";

const DEFAULT_PORT = 6666;
export const DEFAULT_HOST = "127.0.0.1";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Parses `HOST`, `HOST:PORT`, `[IPV6]:PORT` or a bare IPv6 address. Throws with a reason for the reader. */
export function parseAddress(text: string): Address {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  // What Node looks for takes it 5 ms to prepare.
  const isBareIpv6 = /:.*:/.test(text) && isIPv6(text);
  const named = bracketed ?? (isBareIpv6 ? [text, text] : /^([^:\s[\]]+)(?::(\d+))?$/.exec(text));
  const host = named?.[1];
  if (host === undefined)
    throw new Error(`"${text}" is not HOST[:PORT]; IPv6 is written [::1]:${DEFAULT_PORT}`);
  const port = named?.[2] === undefined ? DEFAULT_PORT : Number(named[2]);
  if (port < 1 || port > 65_535) throw new Error(`port ${port} is not between 1 and 65535`);
  return { host, port };
}

/** The way the reader wrote it. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
