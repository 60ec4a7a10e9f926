import type { DatabaseSync } from "node:sqlite";
import { bringUp } from "../../tables.ts";

/** One step for each version of the tables; a database goes through those that it has not had. Append only. */
const steps: readonly string[] = [
  // The first version; databases from before the steps were counted have these tables already.
  `CREATE TABLE IF NOT EXISTS messages (
    room TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    nick TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    key TEXT,
    id TEXT UNIQUE,
    PRIMARY KEY (room, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS rooms (
    name TEXT PRIMARY KEY,
    topic TEXT NOT NULL DEFAULT '',
    used_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS away (
    user TEXT PRIMARY KEY,
    reason TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;`,

  // Messages get a number of their own for the index of words; rooms get owners and rules.
  `ALTER TABLE messages RENAME TO messages_before;
  CREATE TABLE messages (
    -- Grows with time; the index of words knows a message by it.
    number INTEGER PRIMARY KEY,
    room TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    nick TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    key TEXT,
    -- The network a guest came from, so that it can be banned after it left; of others nothing is kept.
    host TEXT,
    id TEXT UNIQUE,
    target INTEGER,
    target_nick TEXT,
    mentions TEXT,
    edited_at INTEGER,
    deleted_at INTEGER,
    UNIQUE (room, seq)
  ) STRICT;
  INSERT INTO messages (room, seq, at, nick, kind, text, key, id)
    SELECT room, seq, at, nick, kind, text, key, id FROM messages_before ORDER BY at, room, seq;
  DROP TABLE messages_before;
  CREATE INDEX messages_target ON messages (room, target) WHERE target IS NOT NULL;
  CREATE VIRTUAL TABLE words USING fts5 (
    text, content = '', contentless_delete = 1, detail = 'full', tokenize = 'trigram remove_diacritics 1'
  );

  CREATE TABLE small_number (number INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  -- Both are brought up to date by the hundred, since another page a message would be felt; up to then a message is in
  -- neither. 100 bytes stand for all that a message has beside its text.
  INSERT INTO totals VALUES ('indexed', 0), ('bytes', 0);
  CREATE TRIGGER messages_changed AFTER UPDATE OF text ON messages
  WHEN old.number <= (SELECT value FROM totals WHERE name = 'indexed') BEGIN
    UPDATE totals SET value = value + octet_length(new.text) - octet_length(old.text) WHERE name = 'bytes';
  END;
  CREATE TRIGGER messages_removed AFTER DELETE ON messages
  WHEN old.number <= (SELECT value FROM totals WHERE name = 'indexed') BEGIN
    UPDATE totals SET value = value - octet_length(old.text) - 100 WHERE name = 'bytes';
  END;

  -- The number of the last message that was dropped: the next one is higher, also when all are gone.
  ALTER TABLE rooms ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE rooms ADD COLUMN owner TEXT;
  ALTER TABLE rooms ADD COLUMN owner_nick TEXT;
  ALTER TABLE rooms ADD COLUMN invite_only INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE rooms ADD COLUMN speak TEXT NOT NULL DEFAULT 'everyone';
  ALTER TABLE rooms ADD COLUMN topic_by TEXT NOT NULL DEFAULT 'everyone';
  ALTER TABLE rooms ADD COLUMN invite_by TEXT NOT NULL DEFAULT 'ops';
  ALTER TABLE rooms ADD COLUMN slow_ms INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE ops (
    room TEXT NOT NULL,
    key TEXT NOT NULL,
    nick TEXT NOT NULL,
    PRIMARY KEY (room, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE sanctions (
    room TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    nick TEXT NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER,
    PRIMARY KEY (room, kind, subject)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sanctions_until ON sanctions (until) WHERE until IS NOT NULL;
  CREATE TABLE invites (
    room TEXT NOT NULL,
    subject TEXT NOT NULL,
    nick TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (room, subject)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE letters (
    number INTEGER PRIMARY KEY,
    recipient TEXT NOT NULL,
    sender TEXT NOT NULL,
    nick TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    id TEXT UNIQUE
  ) STRICT;
  CREATE INDEX letters_recipient ON letters (recipient, sender);
  CREATE INDEX letters_at ON letters (at);`,

  // Whether an operator of the hub said it, which operators of a room may not delete.
  "ALTER TABLE messages ADD COLUMN operator INTEGER NOT NULL DEFAULT 0;",

  // Whose private messages somebody does not want.
  `CREATE TABLE ignores (
    user TEXT NOT NULL,
    sender TEXT NOT NULL,
    nick TEXT NOT NULL,
    PRIMARY KEY (user, sender)
  ) STRICT, WITHOUT ROWID;`,

  // A part of the index is written anew when 40 % of its messages are gone, not 10: a room at its bound of 10,000 then
  // costs 41 instead of 116 µs a message, and the file is a seventh larger.
  "INSERT INTO words (words, rank) VALUES ('deletemerge', 40);",

  // Text peers give their messages no request id, and those without one are in no index of ids: one page less to write
  // for each. It took 27 µs to store one, then 16 to 22.
  `ALTER TABLE messages RENAME TO messages_before;
  CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    room TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    nick TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    key TEXT,
    host TEXT,
    id TEXT,
    target INTEGER,
    target_nick TEXT,
    mentions TEXT,
    edited_at INTEGER,
    deleted_at INTEGER,
    operator INTEGER NOT NULL DEFAULT 0,
    UNIQUE (room, seq)
  ) STRICT;
  INSERT INTO messages
    SELECT number, room, seq, at, nick, kind, text, key, host, id, target, target_nick, mentions, edited_at, deleted_at,
      operator
    FROM messages_before ORDER BY number;
  -- Its index and its triggers go with it.
  DROP TABLE messages_before;
  CREATE UNIQUE INDEX messages_id ON messages (id) WHERE id IS NOT NULL;
  CREATE INDEX messages_target ON messages (room, target) WHERE target IS NOT NULL;
  CREATE TRIGGER messages_changed AFTER UPDATE OF text ON messages
  WHEN old.number <= (SELECT value FROM totals WHERE name = 'indexed') BEGIN
    UPDATE totals SET value = value + octet_length(new.text) - octet_length(old.text) WHERE name = 'bytes';
  END;
  CREATE TRIGGER messages_removed AFTER DELETE ON messages
  WHEN old.number <= (SELECT value FROM totals WHERE name = 'indexed') BEGIN
    UPDATE totals SET value = value - octet_length(old.text) - 100 WHERE name = 'bytes';
  END;`,

  // The index of words in segments (word-segments.ts); what was there is the first.
  `CREATE TABLE segments (id INTEGER PRIMARY KEY, first INTEGER NOT NULL UNIQUE) STRICT;
  INSERT INTO segments VALUES (1, 0);
  ALTER TABLE words RENAME TO words_1;`,

  // A private message to who is online lies here until one of its clients has acknowledged it: which ones it was sent to, a
  // list in JSON, and with which receipt.
  `ALTER TABLE letters ADD COLUMN clients TEXT;
  ALTER TABLE letters ADD COLUMN receipt TEXT;`,

  // To which clients a private message is on its way, live or from the inbox, since when, and with which receipts.
  `CREATE TABLE given_letters (
    letter INTEGER NOT NULL REFERENCES letters (number) ON DELETE CASCADE,
    client TEXT NOT NULL,
    receipt TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (letter, client)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX given_letters_receipt ON given_letters (receipt);
  INSERT INTO given_letters SELECT number, value, receipt, at FROM letters JOIN json_each(clients) WHERE receipt IS NOT NULL;
  ALTER TABLE letters DROP COLUMN clients;
  ALTER TABLE letters DROP COLUMN receipt;`,
];

/** Brings the tables to this version. @throws {Error} for a database of a later one. */
export function createTables(database: DatabaseSync): void {
  // NORMAL with WAL: what a statement wrote lies with the kernel when the statement returns, so a message that was
  // acknowledged outlives `kill -9` of the hub. Only a power cut may take the last ones; FULL would cost a disk
  // flush a message.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  bringUp(database, { file: "history.db", whose: "chat's", steps });
}

/** Reads all of it from one moment: another worker may drop a table meanwhile. */
export function readTogether<T>(database: DatabaseSync, read: () => T): T {
  if (database.isTransaction) return read();
  database.exec("BEGIN");
  try {
    return read();
  } finally {
    database.exec("COMMIT");
  }
}
