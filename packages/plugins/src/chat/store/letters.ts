import type { DatabaseSync } from "node:sqlite";
import { cautiousNow } from "../rules/clock.ts";
import { transaction } from "./schema.ts";

/** A private message that waits for its recipient. */
export interface Letter {
  readonly from: string;
  readonly text: string;
  readonly at: number;
}

/** Private messages to people who are away or offline, by their keys. */
export interface Letters {
  /** Why it is not taken: the recipient's box is full, or the sender's part of it. */
  put(
    letter: Letter & { readonly recipient: string; readonly sender: string; readonly id: string | undefined },
  ): "stored" | "full";
  waiting(recipient: string): number;
  /** Gives out the oldest ones, as many as `maxBytes` of text hold, and forgets them. */
  take(recipient: string, maxBytes: number): readonly Letter[];
}

const maxPerRecipient = 100;
const maxPerSender = 20;
const maxLetters = 10_000;
const maxAgeMs = 30 * 86_400_000;

export function createLetters(database: DatabaseSync): Letters {
  const insert = database.prepare(`
    INSERT OR IGNORE INTO letters (recipient, sender, nick, text, at, id)
    VALUES ($recipient, $sender, $from, $text, $at, $id)`);
  const ofRecipient = database.prepare("SELECT count(*) AS count FROM letters WHERE recipient = ?");
  const ofSender = database.prepare(
    "SELECT count(*) AS count FROM letters WHERE recipient = ? AND sender = ?",
  );
  const all = database.prepare("SELECT count(*) AS count FROM letters");
  const expire = database.prepare("DELETE FROM letters WHERE at < ?");
  const oldest = database.prepare("SELECT * FROM letters WHERE recipient = ? ORDER BY number");
  const remove = database.prepare("DELETE FROM letters WHERE number = ?");
  const countOf = (row: Record<string, unknown> | undefined) => Number(row?.["count"]);

  return {
    put({ recipient, sender, from, text, at, id }) {
      expire.run(cautiousNow() - maxAgeMs);
      const isFull =
        countOf(all.get()) >= maxLetters ||
        countOf(ofRecipient.get(recipient)) >= maxPerRecipient ||
        countOf(ofSender.get(recipient, sender)) >= maxPerSender;
      if (isFull) return "full";
      insert.run({ recipient, sender, from, text, at, id: id ?? null });
      return "stored";
    },
    waiting: (recipient) => countOf(ofRecipient.get(recipient)),
    take: (recipient, maxBytes) =>
      transaction(database, () => {
        const letters: Letter[] = [];
        let bytes = 0;
        for (const row of oldest.all(recipient)) {
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
