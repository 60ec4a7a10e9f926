import { Refusal, type Caller, type Reply, type StructuredReply } from "@palaver/plugin-api";
import { findFile, isOperator, isOwner, mayRead, type FilesContext } from "./context.ts";
import { discard } from "./discard.ts";
import { formatSize } from "./file-size.ts";
import type { FileRow } from "./shelf.ts";
import { isDiskBroken, isDiskFull } from "./vault.ts";

/** Files in one answer; of their JSON 60 KiB fit. */
const pageSize = 50;
// Looked at for one page, however few of them the caller may see.
const maxLooked = 2000;

/** The newest files that the caller may get, below a number. */
export function list(context: FilesContext, caller: Caller, below = Number.MAX_SAFE_INTEGER): Reply {
  const looked = context.shelf.stored(below, maxLooked);
  const rows = looked.filter((row) => mayRead(context, caller, row)).slice(0, pageSize);
  const last =
    rows.length === pageSize ? rows.at(-1) : looked.length === maxLooked ? looked.at(-1) : undefined;
  const files = rows.map((row) => ({
    file: row.id,
    name: row.name,
    size: row.size,
    sha256: row.sha256,
    at: row.at,
    from: row.nick,
    ...(row.room === null ? {} : { room: row.room }),
    own: isOwner(caller, row),
  }));
  const lines = rows.map(lineOf);
  if (rows.length === 0)
    lines.push(below === Number.MAX_SAFE_INTEGER ? "There are no files." : "No more files.");
  if (last) lines.push(`More: ls ${last.id}`);
  return { text: lines.join("\n"), data: { files, ...(last && { more: last.id }) } };
}

/** Removes a file: its owner, or an operator. */
export async function remove(context: FilesContext, caller: Caller, which: string): Promise<StructuredReply> {
  const row = findFile(context, caller, which);
  if (!isOwner(caller, row) && !isOperator(caller))
    throw new Refusal(`${row.name} is not yours; its owner or an operator removes it.`, "FORBIDDEN");
  try {
    await discard(context, row);
  } catch (cause) {
    if (!isDiskFull(cause) && !isDiskBroken(cause)) throw cause;
    context.log.error("the disk takes nothing: a file was not removed", { file: row.id, err: cause });
    const why = isDiskFull(cause) ? "is so full that its list of files takes no change" : "cannot be written";
    throw new Refusal(`The hub's disk ${why}; tell the operator.`, "BUSY", { cause });
  }
  return { text: `Removed ${row.id}: ${row.name}`, data: { file: row.id, name: row.name } };
}

function lineOf({ id, name, size, at, nick, room }: FileRow): string {
  const day = new Date(at).toISOString().slice(0, 16).replace("T", " ");
  const where = room === null ? "" : `  #${room}`;
  const who = nick === "" ? "" : `  ${nick}`;
  return `${id}  ${name}  ${formatSize(size)}  ${day}${who}${where}`;
}
