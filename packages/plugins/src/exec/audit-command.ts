import { type Caller, fittingRows, Refusal, type StructuredReply } from "@palaver/plugin-api";
import type { AttemptContext } from "./attempt.ts";
import type { AuditRow } from "./audit.ts";
import { isOperator, nameOf } from "./jobs.ts";

const DEFAULT_COUNT = 20;
const MAX_COUNT = 200;

const usage = "Usage: audit [count: 1-200] [user] [command]; - stands for any user";

/** Answers `audit [N] [user] [command]`. @throws {Refusal} for anybody but operators, and for another usage. */
export function queryAudit(
  { audit, users }: Pick<AttemptContext, "audit" | "users">,
  words: readonly string[],
  caller: Caller,
): StructuredReply {
  if (!isOperator(caller)) throw new Refusal("audit needs the role operator.", "FORBIDDEN");
  const isCounted = /^\d+$/.test(words[0] ?? "");
  const count = isCounted ? Number(words[0]) : DEFAULT_COUNT;
  const [user, command, ...more] = isCounted ? words.slice(1) : words;
  if (count < 1 || count > MAX_COUNT || more.length > 0) throw new Refusal(usage, "INVALID");
  const isAnybody = user === undefined || user === "-";
  // Who only runs commands is not online, and in the audit by its key alone.
  const who = isAnybody ? undefined : { name: user, key: users.keyOf(user) };
  const rows = fittingRows(audit.find({ count, user: who, command }).toReversed()).toReversed();
  return { text: rows.map(lineOf).join("\n") || "No attempt is written down.", data: rows };
}

/** `17 2026-11-21T14:36:29.123Z ada 192.0.2.7:5353 disk /tmp: ok, 12 ms, 120 bytes` */
function lineOf(row: AuditRow): string {
  const { id, at, address, command, argv, outcome, status, reason, durationMs, bytes } = row;
  const how = [
    outcome,
    status === null || status === 0 ? undefined : `status ${status}`,
    reason === null || reason === `exit ${status}` ? undefined : reason,
    durationMs === null ? undefined : `${durationMs} ms`,
    bytes === null ? undefined : `${bytes} bytes`,
  ];
  const line = [id, at, nameOf(row), address, command, ...argv].join(" ");
  return `${line}: ${how.filter((part) => part !== undefined).join(", ")}`.replaceAll(/\p{Cc}/gu, "?");
}
