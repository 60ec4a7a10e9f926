import { definePlugin } from "@palaver/plugin-api";
import type { Chat } from "./chat.ts";
import { createChangeCommands } from "./commands/change-commands.ts";
import { createIgnoreCommands } from "./commands/ignore-commands.ts";
import { createLetterCommands, forgetReceived, tellInbox } from "./commands/letter-commands.ts";
import { createModerationCommands } from "./commands/moderation-commands.ts";
import { createPresenceCommands, tellOffline } from "./commands/presence-commands.ts";
import { createRightsCommands } from "./commands/rights-commands.ts";
import { createRoomCommands } from "./commands/room-commands.ts";
import { createTalkCommands } from "./commands/talk-commands.ts";
import { handleText } from "./mount.ts";
import { cautiousNow } from "./rules/clock.ts";
import { createPace } from "./rules/pace.ts";
import { readFlood, readRetention, settings } from "./settings.ts";
import { createAway } from "./store/away.ts";
import { createHistory } from "./store/history.ts";
import { createIgnores } from "./store/ignores.ts";
import { createInvites } from "./store/invites.ts";
import { createLetters } from "./store/letters.ts";
import { createRetention, sweepEveryMs } from "./store/retention.ts";
import { createRoomRegister } from "./store/room-register.ts";
import { createSanctions } from "./store/sanctions.ts";
import { createTables } from "./store/schema.ts";
import { createSearch } from "./store/search.ts";
import { tryStore } from "./store/storing.ts";
import { createTurnCommit } from "./store/turn-commit.ts";
import { createWordSegments } from "./store/word-segments.ts";
import { parseRoomName } from "./words/room-name.ts";

// Rooms whose messages are kept while nobody is inside.
const maxRememberedRooms = 1000;

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
    const words = createWordSegments(database);
    const retention = createRetention(database, words, readRetention(config));
    const history = createHistory(database, words);
    const chat: Chat = {
      settings: { lobby, history: config.history, maxRoomsPerUser: config.max_rooms_per_user },
      users,
      rooms,
      log,
      history,
      commit: createTurnCommit(database, storage, log, (message, seq) => history.restore(message, seq)),
      search: createSearch(database, words),
      retention,
      register: createRoomRegister(database, {
        maxRooms: maxRememberedRooms,
        isInUse: (room) => room === lobby || rooms.members(room).length > 0,
        countInUse: () => rooms.names().length,
        forgetMessages: (room) => retention.forget(room),
      }),
      sanctions: createSanctions(database),
      invites: createInvites(database),
      ignores: createIgnores(database),
      letters: createLetters(database),
      pace: createPace(readFlood(config)),
      away: createAway(database, (user) => online.has(user)),
    };
    // What a stricter configuration does not keep, or what grew old while the hub was down.
    tryStore(chat, () => {
      retention.sweep(cautiousNow());
      chat.search.index();
    });
    // Also where nobody says anything.
    const sweeping = setInterval(() => {
      tryStore(chat, () => chat.commit.begin(false));
      tryStore(chat, () => retention.sweep(cautiousNow()));
    }, sweepEveryMs).unref();
    return {
      commands: {
        ...createPresenceCommands(chat),
        ...createRoomCommands(chat),
        ...createTalkCommands(chat),
        ...createChangeCommands(chat),
        ...createLetterCommands(chat),
        ...createIgnoreCommands(chat),
        ...createModerationCommands(chat),
        ...createRightsCommands(chat),
      },
      text: (call) => handleText(chat, call),
      history: {
        latest: (room) => chat.history.lastSeq(room),
        after: (room, seq, count) => chat.history.since(room, seq, count),
      },
      on: {
        "user:online": ({ user }) => tellInbox(chat, user),
        "user:received": (event) => forgetReceived(chat, event),
        "user:offline": (event) => tellOffline(chat, event),
      },
      async [Symbol.asyncDispose]() {
        clearInterval(sweeping);
        chat.commit.end();
      },
    };
  },
});
