import { HubError } from "../connection.ts";

/** The name that a hub's key and outbox are kept under: `host:port`, `[::1]:6666`. Throws PROTOCOL for no host. */
export function formatHostPort(host: string, port: number): string {
  if (!/^[^\s#]+$/.test(host)) throw new HubError("PROTOCOL", "the hub's host is not a host name or address");
  const name = host.toLowerCase();
  return `${name.includes(":") ? `[${name}]` : name}:${port}`;
}
