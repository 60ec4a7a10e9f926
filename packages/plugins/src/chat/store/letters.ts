import type { DatabaseSync } from "node:sqlite";
import { cautiousNow } from "../rules/clock.ts";
import { transaction } from "../../tables.ts";

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

/** Private messages that no client is known to have, by the keys of their recipients. */
export interface Letters {
  /**
   * Stores one; `full` stores nothing: too many wait for the recipient, or too many of this sender's, or too many in all.
   * `known` is what was asked for before.
   */
  put(letter: NewLetter): "stored" | "known" | "full";
  /** What was sent at once, or given out, with this receipt has come: it does not wait any more. */
  received(recipient: string, receipt: string): void;
  /** How many there are for this client, and how many more are on their way to it. */
  count(recipient: string, client: string): { readonly waiting: number; readonly underWay: number };
  /**
   * Gives out the oldest of those that wait, as many as `maxBytes` of text hold: they are on their way to this client, until
   * the receipt says that they have come.
   */
  giveOut(recipient: string, client: string, receipt: string, maxBytes: number): readonly Letter[];
}

const maxPerRecipient = 100;
const maxPerSender = 20;
const maxLetters = 10_000;
const maxAgeMs = 30 * 86_400_000;
// A client that asks is alive, and has what was sent to it before long: it need not get that twice. Between two workers it
// may have been dropped, and an answer may have been given up.
const underWayMs = 120_000;

// Of a letter; a key has at most 16 sessions on a hub, and what earlier ones never acknowledged is remembered as long.
const maxClients = 32;

export function createLetters(database: DatabaseSync): Letters {
  const insert = database.prepare(`
    INSERT INTO letters (recipient, sender, nick, text, at, id)
    VALUES ($recipient, $sender, $from, $text, $at, $id)`);
  const ofId = database.prepare("SELECT 1 FROM letters WHERE id = ?");
  const places = database.prepare(`
    SELECT (SELECT count(*) FROM letters WHERE recipient = $recipient AND sender = $sender) < ${maxPerSender}
      AND (SELECT count(*) FROM letters WHERE recipient = $recipient) < ${maxPerRecipient}
      AND (SELECT count(*) FROM letters) < ${maxLetters} AS has_place`);
  const expire = database.prepare("DELETE FROM letters WHERE at < ?");
  const isUnderWay =
    "EXISTS (SELECT 1 FROM given_letters WHERE letter = number AND client = $client AND at >= $since)";
  const count = database.prepare(`
    SELECT count(*) AS total, total(${isUnderWay}) AS under_way FROM letters WHERE recipient = $recipient`);
  const oldest = database.prepare(`
    SELECT number, nick, text, at FROM letters WHERE recipient = $recipient AND NOT ${isUnderWay} ORDER BY number`);
  const give = database.prepare("INSERT OR REPLACE INTO given_letters VALUES (?, ?, ?, ?)");
  const forgetFirst = database.prepare(`
    DELETE FROM given_letters WHERE letter = ?1 AND client NOT IN
      (SELECT client FROM given_letters WHERE letter = ?1 ORDER BY at DESC LIMIT ${maxClients})`);
  const remove = database.prepare(`
    DELETE FROM letters WHERE recipient = $recipient
    AND number IN (SELECT letter FROM given_letters WHERE receipt = $receipt)`);
  const seenBy = (recipient: string, client: string) => ({
    recipient,
    client,
    since: Date.now() - underWayMs,
  });

  return {
    put: ({ recipient, sender, from, text, at, id = null, sent }) =>
      transaction(database, () => {
        if (id !== null && ofId.get(id)) return "known";
        expire.run(cautiousNow() - maxAgeMs);
        if (places.get({ recipient, sender })?.["has_place"] !== 1) return "full";
        const { lastInsertRowid } = insert.run({ recipient, sender, from, text, at, id });
        for (const client of sent?.clients ?? []) give.run(lastInsertRowid, client, sent!.receipt, at);
        return "stored";
      }),
    received: (recipient, receipt) => void remove.run({ recipient, receipt }),
    count(recipient, client) {
      const row = count.get(seenBy(recipient, client));
      const underWay = Number(row?.["under_way"]);
      return { waiting: Number(row?.["total"]) - underWay, underWay };
    },
    giveOut: (recipient, client, receipt, maxBytes) =>
      transaction(database, () => {
        const letters: Letter[] = [];
        let bytes = 0;
        for (const row of oldest.all(seenBy(recipient, client))) {
          const letter = { from: String(row["nick"]), text: String(row["text"]), at: Number(row["at"]) };
          bytes += Buffer.byteLength(letter.text) + 100;
          if (bytes > maxBytes && letters.length > 0) break;
          letters.push(letter);
          const number = Number(row["number"]);
          give.run(number, client, receipt, Date.now());
          forgetFirst.run(number);
        }
        return letters;
      }),
  };
}
