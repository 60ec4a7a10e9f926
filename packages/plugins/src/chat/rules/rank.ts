import type { Caller } from "@palaver/plugin-api";
import type { Chat } from "../chat.ts";

/** What somebody may do in a room: one rank acts upon those below it. */
export const ranks = { user: 0, op: 1, owner: 2, operator: 3 } as const;
export type Rank = (typeof ranks)[keyof typeof ranks];

/** A rank as it is shown; those without rights have none. */
export type Role = "op" | "owner" | "operator";
const roleByRank: readonly (Role | undefined)[] = [undefined, "op", "owner", "operator"];

export function roleOf(rank: Rank): Role | undefined {
  return roleByRank[rank];
}

/** Text peers hold no rank, since their address is only a claim. */
export function rankOf(chat: Chat, room: string, { key, roles }: Pick<Caller, "key" | "roles">): Rank {
  if (roles.includes("operator")) return ranks.operator;
  if (key === undefined) return ranks.user;
  if (chat.register.get(room).owner === key) return ranks.owner;
  return chat.register.isOperator(room, key) ? ranks.op : ranks.user;
}
