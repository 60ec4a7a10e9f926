import type { DatabaseSync } from "node:sqlite";
import type { Caller } from "@palaver/plugin-api";

/** Of any text in a row; callers write what they like. */
const MAX_TEXT_BYTES = 1000;
/** A query without an index takes 20 ms for so many. */
const MAX_SEARCHED_ROWS = 100_000;

type AttemptOutcome = "ok" | "refused" | "failed" | "timeout" | "output" | "aborted";

export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  readonly status: number;
  readonly reason?: string | undefined;
  readonly durationMs: number;
  readonly bytes: number;
}

/** A row as it is read; times are ISO 8601, lengths in milliseconds and bytes. */
export interface AuditRow {
  readonly id: number;
  readonly at: string;
  readonly nick: string | null;
  readonly key: string | null;
  readonly address: string;
  readonly command: string;
  readonly argv: readonly string[];
  readonly outcome: AttemptOutcome | "running" | "unknown";
  readonly status: number | null;
  readonly reason: string | null;
  readonly durationMs: number | null;
  readonly bytes: number | null;
}

export interface AuditQuery {
  readonly count: number;
  /** A nickname or a key, and the key that the nickname belongs to. */
  readonly user: { readonly name: string; readonly key: string | undefined } | undefined;
  readonly command: string | undefined;
}

/** Who ran what, and who wanted to. */
export interface Audit {
  /** The newest rows that fit, oldest first; those of the last 100,000 are looked at. */
  find(query: AuditQuery): readonly AuditRow[];
  refused(words: readonly string[], caller: Caller, reason: string): void;
  /** Written before the program starts, so that a hub killed meanwhile leaves a trace. Gives back the row's id. */
  started(words: readonly string[], caller: Caller): number;
  ended(id: number, end: AttemptEnd): void;
}

// A row is only ever added, completed once, and dropped when it is the oldest of its kind. Refusals are counted
// apart from runs: a flood of them must not wash away what was really run.
const schema = `
  CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    nick TEXT,
    key TEXT,
    address TEXT NOT NULL,
    command TEXT NOT NULL,
    argv TEXT NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    reason TEXT,
    duration_ms INTEGER,
    bytes INTEGER
  );
  CREATE INDEX IF NOT EXISTS attempts_refused ON attempts (id) WHERE outcome = 'refused';
  CREATE INDEX IF NOT EXISTS attempts_run ON attempts (id) WHERE outcome <> 'refused';
  CREATE TRIGGER IF NOT EXISTS attempts_complete_once BEFORE UPDATE ON attempts
    WHEN OLD.outcome <> 'running' OR NEW.outcome IN ('running', 'refused')
      OR (NEW.id, NEW.at, NEW.nick, NEW.key, NEW.address, NEW.command, NEW.argv)
        IS NOT (OLD.id, OLD.at, OLD.nick, OLD.key, OLD.address, OLD.command, OLD.argv)
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  CREATE TRIGGER IF NOT EXISTS attempts_drop_oldest BEFORE DELETE ON attempts
    WHEN OLD.id <> (SELECT min(id) FROM attempts WHERE (outcome = 'refused') = (OLD.outcome = 'refused'))
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
`;

/** Opens the audit; what was under way when the hub last died is marked as of unknown outcome. */
export function openAudit(
  database: DatabaseSync,
  maxRows: number,
  hubStartedAtMs = performance.timeOrigin,
): Audit {
  database.exec(schema);
  // A reload opens the audit again while calls of this process still run; theirs are not lost.
  database
    .prepare("UPDATE attempts SET outcome = 'unknown' WHERE outcome = 'running' AND at < ?")
    .run(new Date(hubStartedAtMs).toISOString());

  const insert = database.prepare(
    `INSERT INTO attempts (at, nick, key, address, command, argv, outcome, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const complete = database.prepare(
    `UPDATE attempts SET outcome = ?, status = ?, reason = ?, duration_ms = ?, bytes = ?
     WHERE id = ? AND outcome = 'running'`,
  );
  const find = database.prepare(
    `SELECT id, at, nick, key, address, command, argv, outcome, status, reason, duration_ms AS durationMs, bytes
     FROM attempts
     WHERE id > (SELECT max(id) FROM attempts) - ${MAX_SEARCHED_ROWS}
       AND ($name IS NULL OR nick = $name COLLATE NOCASE OR key = $name OR key = $key) AND ($command IS NULL OR command = $command)
     ORDER BY id DESC LIMIT $count`,
  );
  const bounded = (condition: string): (() => void) => {
    const dropOldest = database.prepare(
      `DELETE FROM attempts WHERE id = (SELECT min(id) FROM attempts WHERE ${condition})`,
    );
    let rows = Number(database.prepare(`SELECT count(*) AS n FROM attempts WHERE ${condition}`).get()?.["n"]);
    const drop = (): void => {
      for (; rows > maxRows; rows--) dropOldest.run();
    };
    drop();
    return () => {
      rows++;
      drop();
    };
  };
  const addRefused = bounded("outcome = 'refused'");
  const addRun = bounded("outcome <> 'refused'");

  const add = (words: readonly string[], caller: Caller, outcome: string, reason: string | null) => {
    const [name = "", ...argv] = clipWords(words);
    const { nick, key, address } = caller;
    const { lastInsertRowid } = insert.run(
      new Date().toISOString(),
      nick === undefined ? null : clip(nick),
      key === undefined ? null : clip(key),
      clip(address),
      name,
      JSON.stringify(argv),
      outcome,
      reason === null ? null : clip(reason),
    );
    return Number(lastInsertRowid);
  };

  return {
    find({ count, user, command }) {
      const rows = find.all({
        $count: count,
        $name: user?.name ?? null,
        $key: user?.key ?? null,
        $command: command ?? null,
      });
      return rows
        .toReversed()
        .map((row) => ({ ...row, argv: JSON.parse(String(row["argv"])) as string[] }) as unknown as AuditRow);
    },
    refused(words, caller, reason) {
      add(words, caller, "refused", reason);
      addRefused();
    },
    started(words, caller) {
      const id = add(words, caller, "running", null);
      addRun();
      return id;
    },
    ended(id, { outcome, status, reason, durationMs, bytes }) {
      complete.run(outcome, status, reason === undefined ? null : clip(reason), durationMs, bytes, id);
    },
  };
}

/** As many words as fit into the bound; the last of them is cut. */
export function clipWords(words: readonly string[]): readonly string[] {
  const clipped: string[] = [];
  let room = MAX_TEXT_BYTES;
  for (const word of words) {
    if (room <= 0) break;
    clipped.push(clip(word, room));
    room -= Buffer.byteLength(word) + 1;
  }
  return clipped;
}

function clip(text: string, maxBytes = MAX_TEXT_BYTES): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  // Cut inside a character, the rest of it becomes a replacement character, which is left out.
  return `${Buffer.from(text)
    .subarray(0, maxBytes)
    .toString("utf8")
    .replace(/\uFFFD$/, "")}…`;
}
