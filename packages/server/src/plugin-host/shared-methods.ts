import type { CapabilityMap } from "@palaver/plugin-api";

/** The capabilities that live in the hub; the others are made for each plugin, where it runs. */
export type SharedName = "users" | "rooms" | "processes";

type Methods = { readonly [Name in SharedName]: Readonly<Record<keyof CapabilityMap[Name], true>> };

/** What a plugin may call of them, and nothing else of the objects behind. */
export const sharedMethods: Methods = {
  users: { online: true, find: true, enter: true, leave: true, send: true, keyOf: true },
  rooms: { join: true, part: true, publish: true, members: true, of: true, names: true },
  processes: { run: true, sandboxProblem: true, limitsProblem: true, findUser: true },
};
