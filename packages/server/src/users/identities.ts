import { Refusal } from "@palaver/plugin-api";
import type { UserConfig } from "../config/config.ts";
import { openHubDatabase } from "./hub-database.ts";
import { nicknameKey } from "./nickname.ts";

/** Nicknames that the hub remembers; the one whose user was away longest is free again beyond that. */
const maxIdentities = 100_000;
/** A retry after a crash comes within minutes; a day is plenty. */
const journalMs = 86_400_000;

export interface Identity {
  readonly key: string;
  readonly nick: string | undefined;
  readonly roles: readonly string[];
}

/** Who owns which nickname, who has which role, and which requests that change something were begun. */
export interface Identities extends Disposable {
  find(key: string): Identity | undefined;
  /** The key that a nickname belongs to. */
  ownerOf(nick: string): string | undefined;
  /**
   * Gives a nickname to a key; the one it had before is free again.
   * @throws {Refusal} when it is another's, or cannot be stored.
   */
  claim(key: string, nick: string): void;
  /**
   * @param user a nickname or a key. @returns false when nobody is known by it.
   * @throws {Refusal} when it cannot be stored.
   */
  grant(user: string, role: string): boolean;
  revoke(user: string, role: string): boolean;
  all(): readonly Identity[];
  /** Notes a request before it runs; false when it is there already. @throws {Refusal} when it cannot be stored. */
  journal(key: string, id: string, command: string): boolean;
}

/**
 * @param configured the users of the configuration that is in force; their names and roles need no database.
 * @param failed is told why something could not be stored.
 * @throws {Error} when the folder or the database cannot be opened.
 */
export function openIdentities(
  dataDir: string,
  configured: () => readonly UserConfig[],
  now = Date.now,
  failed: (error: unknown) => void = () => {},
): Identities {
  const database = openHubDatabase(dataDir);
  // A request must not run twice because somebody set the clock forth: what is forgotten is old by both clocks.
  const steadyAtStart = now() - performance.now();
  const cautiousNow = () => Math.min(now(), steadyAtStart + performance.now());
  const byKey = database.prepare("SELECT * FROM users WHERE key = ?");
  const byNick = database.prepare("SELECT * FROM users WHERE nick_key = ?");
  const all = database.prepare("SELECT * FROM users ORDER BY nick, key");
  const count = database.prepare("SELECT count(*) AS count FROM users");
  const freeOldest = database.prepare(
    "DELETE FROM users WHERE key = (SELECT key FROM users WHERE roles = '[]' ORDER BY seen_at LIMIT 1)",
  );
  const putNick = database.prepare(`
    INSERT INTO users (key, nick, nick_key, seen_at) VALUES ($key, $nick, $nickKey, $at)
    ON CONFLICT (key) DO UPDATE SET nick = $nick, nick_key = $nickKey, seen_at = $at`);
  const putRoles = database.prepare(`
    INSERT INTO users (key, roles, seen_at) VALUES ($key, $roles, $at)
    ON CONFLICT (key) DO UPDATE SET roles = $roles`);
  const note = database.prepare("INSERT OR IGNORE INTO journal (user, id, command, at) VALUES (?, ?, ?, ?)");
  const forget = database.prepare("DELETE FROM journal WHERE at < ?");

  const read = (row: Record<string, unknown> | undefined, key: string): Identity | undefined => {
    const given = configured().find((user) => user.key === key);
    if (!row && !given) return undefined;
    const stored = row ? (JSON.parse(String(row["roles"])) as string[]) : [];
    const nick = typeof row?.["nick"] === "string" ? row["nick"] : given?.nick;
    return { key, nick, roles: [...new Set([...stored, ...(given?.roles ?? [])])] };
  };
  const store = <T>(write: () => T): T => {
    try {
      return write();
    } catch (cause) {
      failed(cause);
      const message =
        "The hub could not store this. Its disk may be full; tell the operator, try again later.";
      throw new Refusal(message, "BUSY", { cause });
    }
  };
  const identities: Identities = {
    find: (key) => read(byKey.get(key), key),
    ownerOf(nick) {
      const wanted = nicknameKey(nick);
      const given = configured().find((user) => nicknameKey(user.nick) === wanted);
      const row = given ? undefined : byNick.get(wanted);
      return given?.key ?? (row ? String(row["key"]) : undefined);
    },
    claim(key, nick) {
      const owner = identities.ownerOf(nick);
      if (owner !== undefined && owner !== key) {
        throw new Refusal(`The name ${nick} belongs to somebody else; choose another.`, "FORBIDDEN");
      }
      const write = () => {
        if (Number(count.get()?.["count"]) >= maxIdentities) freeOldest.run();
        putNick.run({ key, nick, nickKey: nicknameKey(nick), at: now() });
      };
      if (owner === undefined) return store(write);
      // The name is theirs already: a full disk keeps nobody out.
      try {
        write();
      } catch (error) {
        failed(error);
      }
    },
    grant: (user, role) => changeRoles(user, (roles) => [...new Set([...roles, role])]),
    revoke: (user, role) => changeRoles(user, (roles) => roles.filter((other) => other !== role)),
    all() {
      const stored = all.all().map((row) => read(row, String(row["key"]))!);
      const others = configured().filter(({ key }) => !stored.some((known) => known.key === key));
      return [...stored, ...others];
    },
    journal(key, id, command) {
      return store(() => {
        forget.run(cautiousNow() - journalMs);
        return note.run(key, id, command, now()).changes > 0;
      });
    },
    [Symbol.dispose]: () => database.close(),
  };

  function changeRoles(user: string, change: (roles: readonly string[]) => readonly string[]): boolean {
    const key = isKey(user) ? user : identities.ownerOf(user);
    if (key === undefined) return false;
    const row = byKey.get(key);
    const roles = row ? (JSON.parse(String(row["roles"])) as string[]) : [];
    store(() => putRoles.run({ key, roles: JSON.stringify(change(roles)), at: now() }));
    return true;
  }
  return identities;
}

/** A public key as people write it: 32 bytes in base64url. */
function isKey(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}
