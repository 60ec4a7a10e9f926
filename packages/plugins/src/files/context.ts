import { Refusal, type Caller, type Log, type Rooms, type Storage, type Users } from "@palaver/plugin-api";
import type { Claims } from "./claims.ts";
import type { FileLimits } from "./settings.ts";
import type { FileRow, Shelf } from "./shelf.ts";
import type { Transfers } from "./transfers.ts";
import type { Vault } from "./vault.ts";

/** What every command of the plugin works with. */
export interface FilesContext {
  readonly limits: FileLimits;
  readonly shelf: Shelf;
  readonly vault: Vault;
  readonly claims: Claims;
  readonly transfers: Transfers;
  readonly sha256: Storage["sha256"];
  readonly rooms: Rooms;
  readonly users: Users;
  readonly log: Log;
}

export const isOperator = ({ roles }: Caller): boolean => roles.includes("operator");

export function isOwner({ key }: Caller, { owner }: FileRow): boolean {
  return key !== undefined && key === owner;
}

/** What was shared in a room is for who is in it, with any of his devices; the rest is for everybody. */
export function mayRead({ rooms }: FilesContext, caller: Caller, row: FileRow): boolean {
  if (row.room === null || isOwner(caller, row) || isOperator(caller)) return true;
  return rooms.members(row.room).some(({ id, key }) => id === caller.id || (key && key === caller.key));
}

/**
 * A stored file by its number, or the newest of a name.
 * @throws {Refusal} NOT_FOUND, also for what the caller may not see.
 */
export function findFile(context: FilesContext, caller: Caller, which: string): FileRow {
  const isReadable = (row: FileRow) => row.sha256 !== null && mayRead(context, caller, row);
  if (/^#?\d{1,15}$/.test(which)) {
    const row = context.shelf.get(Number(which.replace("#", "")));
    if (row && isReadable(row)) return row;
  }
  const row = context.shelf.findNamed(which, isReadable);
  if (row) return row;
  throw new Refusal(
    `There is no file ${which.slice(0, 100)} for you. Send: ls. What was shared in a room is for who is in it.`,
    "NOT_FOUND",
  );
}
