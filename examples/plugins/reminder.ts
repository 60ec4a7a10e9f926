import { randomUUID } from "node:crypto";
import { command, definePlugin, Refusal } from "@palaver/plugin-api";
import * as z from "zod";

const maxPerUser = 20;
const maxAll = 10_000;

/**
 * `/remind 10 tea is ready`. Reminders outlive a restart; who is offline, or whose client was killed just then, gets theirs
 * on coming back.
 */
export default definePlugin({
  name: "reminder",
  api: 1,
  needs: ["storage", "users"],
  config: z.strictObject({ max_minutes: z.int().min(1).default(1440) }),
  setup({ config, storage, users }) {
    const database = storage.database("reminders.db");
    // What was sent to a session goes when its client has acknowledged it.
    database.exec(`
      CREATE TABLE IF NOT EXISTS reminders
        (id INTEGER PRIMARY KEY, nick TEXT NOT NULL, due_at INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS sent
        (id INTEGER PRIMARY KEY REFERENCES reminders ON DELETE CASCADE, client TEXT NOT NULL, receipt TEXT NOT NULL) STRICT`);
    const add = database.prepare("INSERT INTO reminders (nick, due_at, text) VALUES (?, ?, ?)");
    const due = database.prepare(
      "SELECT id, nick, text, client FROM reminders LEFT JOIN sent USING (id) WHERE due_at <= ? ORDER BY due_at",
    );
    const count = database.prepare("SELECT count(*) AS total, sum(nick = ?) AS own FROM reminders");
    const setSent = database.prepare("INSERT OR REPLACE INTO sent (id, client, receipt) VALUES (?, ?, ?)");
    const remove = database.prepare("DELETE FROM reminders WHERE id = ?");
    const removeSent = database.prepare(
      "DELETE FROM reminders WHERE id = (SELECT id FROM sent WHERE receipt = ?)",
    );

    const deliver = () => {
      for (const { id, nick, text, client } of due.all(Date.now())) {
        const user = users.find(String(nick));
        // What is on its way to this client comes, or its session ends.
        if (!user || user.id === client) continue;
        const receipt = randomUUID();
        if (!users.send(user.id, `Reminder: ${String(text)}`, receipt)) continue;
        // A session says when it has it; plain text never does.
        if (user.dialect === "session") setSent.run(Number(id), user.id, receipt);
        else remove.run(Number(id));
      }
    };
    // One look a second serves any number of reminders, also those from before a restart.
    const timer = setInterval(deliver, 1000);

    return {
      commands: {
        remind: command({
          summary: "Remind me later: remind 10 tea is ready",
          args: { minutes: z.coerce.number().min(0).max(config.max_minutes), text: z.string() },
          changes: true,
          run({ args, caller }) {
            if (caller.nick === undefined) throw new Refusal("I remind only who is online. Send: online");
            const { total, own } = { ...count.get(caller.nick) };
            if (Number(total) >= maxAll) throw new Refusal("I cannot remember any more.", "BUSY");
            if (Number(own) >= maxPerUser)
              throw new Refusal(`You have ${maxPerUser} reminders waiting already.`, "BUSY");
            add.run(caller.nick, Date.now() + args.minutes * 60_000, args.text);
            return `I will remind you in ${args.minutes} min.`;
          },
        }),
      },
      on: { "user:online": deliver, "user:received": ({ receipt }) => void removeSent.run(receipt) },
      async [Symbol.asyncDispose]() {
        clearInterval(timer);
      },
    };
  },
});
