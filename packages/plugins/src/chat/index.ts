import { definePlugin } from "@palaver/plugin-api";
import * as z from "zod";
import { createAway } from "./away.ts";
import type { Chat } from "./chat.ts";
import { createHistory } from "./history.ts";
import { handleText } from "./mount.ts";
import { createPresenceCommands, tellOffline } from "./presence-commands.ts";
import { createRoomCommands } from "./room-commands.ts";
import { isRoomName, parseRoomName } from "./room-name.ts";
import { createRoomRegister } from "./room-register.ts";
import { createTables } from "./tables.ts";
import { createTalkCommands } from "./talk-commands.ts";

// Rooms whose messages are kept while nobody is inside.
const maxRememberedRooms = 1000;

const settings = z.strictObject({
  /** The room that everyone comes into. */
  lobby: z.string().refine(isRoomName, "is no room name; take letters, digits, - and _").default("lobby"),
  /** Messages shown to who comes in, or asks without a number. */
  history: z.int().min(0).max(100).default(20),
  /** Messages kept in each room; older ones are dropped. */
  keep: z.int().min(1).max(10_000_000).default(10_000),
  max_rooms_per_user: z.int().min(1).max(16).default(16),
});

/** Rooms, nicknames, presence and stored history. */
export default definePlugin({
  name: "chat",
  api: 1,
  config: settings,
  needs: ["users", "rooms", "storage"],
  setup({ config, users, rooms, storage, log }) {
    const lobby = parseRoomName(config.lobby);
    const database = storage.database("history.db");
    createTables(database);
    const online = new Set(users.online().map(({ id }) => id));
    const chat: Chat = {
      settings: { lobby, history: config.history, maxRoomsPerUser: config.max_rooms_per_user },
      users,
      rooms,
      log,
      history: createHistory(database, config.keep),
      register: createRoomRegister(database, {
        maxRooms: maxRememberedRooms,
        isInUse: (room) => room === lobby || rooms.members(room).length > 0,
      }),
      away: createAway(database, (user) => online.has(user)),
    };
    return {
      commands: { ...createPresenceCommands(chat), ...createRoomCommands(chat), ...createTalkCommands(chat) },
      text: (call) => handleText(chat, call),
      history: {
        latest: (room) => chat.history.lastSeq(room),
        after: (room, seq, count) => chat.history.since(room, seq, count),
      },
      on: { "user:offline": (event) => tellOffline(chat, event) },
    };
  },
});
