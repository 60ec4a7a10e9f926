import { isIPv6 } from "node:net";
import type { Caller } from "@palaver/plugin-api";
import type { Author } from "../store/history.ts";

/** Somebody whose name is nobody's own. */
export function isGuest({ nick }: Pick<Caller, "nick">): boolean {
  return nick === undefined || nick.startsWith("~");
}

/** Guests are also known by the network they come from, since a guest makes itself another key at will. */
export function authorOf(caller: Caller): Author {
  const host = isGuest(caller) ? hostOf(caller.address) : undefined;
  return { key: caller.key, host, isOperator: caller.roles.includes("operator") };
}

/** What bans and mutes follow. */
export function subjectsOf({ key, host }: Pick<Author, "key" | "host">): readonly string[] {
  return [...(key === undefined ? [] : [`key:${key}`]), ...(host === undefined ? [] : [`host:${host}`])];
}

/** What bans and mutes of guests follow beside their keys. */
export function networkOf({ address }: Caller): string {
  return `host:${hostOf(address)}`;
}

/** What an invitation is for: a key, or a text peer as long as it keeps its address. */
export function guestOf({ key, id }: Caller): string {
  return key === undefined ? `peer:${id}` : `key:${key}`;
}

/** An address without its port; of IPv6 the half that a customer has one of. */
function hostOf(address: string): string {
  const shown = address.slice(0, address.lastIndexOf(":"));
  if (!shown.includes(":")) return shown;
  const host = shown.replaceAll(/[[\]]/g, "");
  if (!isIPv6(host)) return host;
  const [head = "", tail] = host.split("%", 1)[0]!.split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  while (groups.length + rest.length < 8) groups.push("0");
  return [...groups, ...rest].slice(0, 4).join(":");
}
