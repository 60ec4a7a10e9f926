import { cleanText } from "@palaver/protocol";
import { HubError, type RoomInfo, type Run, type UserInfo } from "../connection.ts";

/** Who is in a room, from what `who` answers: `{ users: [{ nick, state }] }`. Throws PROTOCOL for anything else. */
export async function readUsers(run: Run): Promise<readonly UserInfo[]> {
  return listOf(await dataOf(run), "users", ({ nick, state }) =>
    typeof nick === "string" && (state === "online" || state === "away")
      ? { nick: cleanText(nick), state }
      : undefined,
  );
}

/** The rooms, from what `rooms` answers: `{ rooms: [{ name, users, topic? }] }`. Throws PROTOCOL for anything else. */
export async function readRooms(run: Run): Promise<readonly RoomInfo[]> {
  return listOf(await dataOf(run), "rooms", ({ name, users, topic }) => {
    if (typeof name !== "string" || typeof users !== "number") return undefined;
    const info = { name: cleanText(name), users };
    return typeof topic === "string" ? { ...info, topic: cleanText(topic) } : info;
  });
}

/** The data of a command's last reply that has some. */
async function dataOf(run: Run): Promise<unknown> {
  let data: unknown;
  for await (const piece of run) if (piece.type === "text" && piece.data !== undefined) ({ data } = piece);
  return data;
}

type Fields = { readonly [name: string]: unknown };

function listOf<T>(data: unknown, name: string, read: (fields: Fields) => T | undefined): T[] {
  const list = isFields(data) ? data[name] : undefined;
  const items = Array.isArray(list)
    ? list.map((item) => (isFields(item) ? read(item) : undefined))
    : [undefined];
  if (items.includes(undefined)) throw new HubError("PROTOCOL", `the hub's list of ${name} cannot be read`);
  return items as T[];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
