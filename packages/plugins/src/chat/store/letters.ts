import type { DatabaseSync } from "node:sqlite";
import { cautiousNow } from "../rules/clock.ts";
import { transaction } from "./schema.ts";

/** A private message that waits for its recipient. */
export interface Letter {
  readonly from: string;
  readonly text: string;
  readonly at: number;
}

export interface NewLetter extends Letter {
  readonly recipient: string;
  readonly sender: string;
  /** The sender's request. */
  readonly id: string | undefined;
  /** It is sent to clients of the recipient at once: to which, and the receipt that says that one of them has it. */
  readonly sent: { readonly clients: readonly string[]; readonly receipt: string } | undefined;
}

/** Private messages that nobody is known to have read, by the keys of their recipients. */
export interface Letters {
  /**
   * Stores one; `full` stores nothing: too many wait for the recipient, or too many of this sender's, or too many in all.
   * `known` is what was asked for before.
   */
  put(letter: NewLetter): "stored" | "known" | "full";
  /** One that was sent at once has come: it does not wait any more. */
  received(recipient: string, receipt: string): void;
  /** How many wait, but for those that are on their way to this client. */
  waiting(recipient: string, client: string): number;
  /** Gives out the oldest of those, as many as `maxBytes` of text hold, and forgets them. */
  take(recipient: string, client: string, maxBytes: number): readonly Letter[];
}

const maxPerRecipient = 100;
const maxPerSender = 20;
const maxLetters = 10_000;
const maxAgeMs = 30 * 86_400_000;
// A client that asks is alive, and has what was sent to it before long: it need not get that twice. Between two workers it
// may have been dropped.
const underWayMs = 120_000;

export function createLetters(database: DatabaseSync): Letters {
  const insert = database.prepare(`
    INSERT OR IGNORE INTO letters (recipient, sender, nick, text, at, id, clients, receipt)
    VALUES ($recipient, $sender, $from, $text, $at, $id, $clients, $receipt)`);
  const ofId = database.prepare("SELECT 1 FROM letters WHERE id = ?");
  const places = database.prepare(`
    SELECT (SELECT count(*) FROM letters WHERE recipient = $recipient AND sender = $sender) < ${maxPerSender}
      AND (SELECT count(*) FROM letters WHERE recipient = $recipient) < ${maxPerRecipient}
      AND (SELECT count(*) FROM letters) < ${maxLetters} AS has_place`);
  const expire = database.prepare("DELETE FROM letters WHERE at < ?");
  const toReader = `FROM letters WHERE recipient = $recipient AND (clients IS NULL OR at < $since
    OR NOT EXISTS (SELECT 1 FROM json_each(clients) WHERE value = $client))`;
  const count = database.prepare(`SELECT count(*) AS count ${toReader}`);
  const oldest = database.prepare(`SELECT number, nick, text, at ${toReader} ORDER BY number`);
  const remove = database.prepare("DELETE FROM letters WHERE number = ?");
  const removeReceived = database.prepare("DELETE FROM letters WHERE recipient = ? AND receipt = ?");
  const reader = (recipient: string, client: string) => ({
    recipient,
    client,
    since: Date.now() - underWayMs,
  });

  return {
    put({ recipient, sender, from, text, at, id = null, sent }) {
      if (id !== null && ofId.get(id)) return "known";
      expire.run(cautiousNow() - maxAgeMs);
      if (places.get({ recipient, sender })?.["has_place"] !== 1) return "full";
      const clients = sent ? JSON.stringify(sent.clients) : null;
      const row = { recipient, sender, from, text, at, id, clients, receipt: sent?.receipt ?? null };
      // Another worker may have been quicker.
      return insert.run(row).changes === 0 ? "known" : "stored";
    },
    received: (recipient, receipt) => void removeReceived.run(recipient, receipt),
    waiting: (recipient, client) => Number(count.get(reader(recipient, client))?.["count"]),
    take: (recipient, client, maxBytes) =>
      transaction(database, () => {
        const letters: Letter[] = [];
        let bytes = 0;
        for (const row of oldest.all(reader(recipient, client))) {
          const letter = { from: String(row["nick"]), text: String(row["text"]), at: Number(row["at"]) };
          bytes += Buffer.byteLength(letter.text) + 100;
          if (bytes > maxBytes && letters.length > 0) break;
          letters.push(letter);
          remove.run(Number(row["number"]));
        }
        return letters;
      }),
  };
}
