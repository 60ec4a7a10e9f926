import { CallRecord } from "./call-record.ts";

/** Longer than any retry: CoAP's EXCHANGE_LIFETIME is 247 s (RFC 7252, 4.8.2). */
const keepMs = 300_000;
/** A client that lost its connection asks again within seconds; one that left does not. */
const abandonedMs = 15_000;
const maxCallsPerUser = 256;
const maxUsers = 10_000;
// Answers that ended, of all users: those who asked and left hold no more of the hub's memory than this.
const maxAnswersBytes = 32 * 1024 * 1024;
// What a record takes beside the bytes of its answer.
const recordBytes = 1024;
// An answer that had to go leaves its id behind, so that the request is refused and not run again.
const maxForgottenPerUser = 1024;
const maxForgotten = 131_072;
// Of what is full this much goes at once: the first entry of a Map is found slowly where many before it were deleted.
const goingShare = 1 / 32;

interface UserCalls {
  readonly calls: Map<string, CallRecord>;
  readonly forgotten: Map<string, Forgotten>;
}

interface Answer {
  readonly own: UserCalls;
  readonly id: string;
  readonly bytes: number;
}

interface Forgotten {
  readonly own: UserCalls;
  readonly id: string;
  readonly endedAtMs: number;
}

/** Every user's calls by request id: what makes a request run at most once. */
export class CallBook {
  readonly #users = new Map<string, UserCalls>();
  /** Of calls that ended, the oldest first. */
  readonly #answers = new Map<CallRecord, Answer>();
  #answersBytes = 0;
  /** Those of all users, the first that was forgotten first. */
  readonly #forgotten = new Set<Forgotten>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The call with this id, `forgotten` when its answer is not kept any more, undefined when it never was. */
  find(user: string, id: string): CallRecord | "forgotten" | undefined {
    const own = this.#users.get(user);
    return own?.calls.get(id) ?? (own?.forgotten.has(id) ? "forgotten" : undefined);
  }

  /** Undefined when the user has too many calls under way. */
  begin(user: string, id: string): CallRecord | undefined {
    const own = this.#userCalls(user);
    if (own.calls.size >= maxCallsPerUser && !this.#forgetOldest(own)) return undefined;
    const record: CallRecord = new CallRecord(this.#now, () => this.#ended(record, own, id));
    own.calls.set(id, record);
    return record;
  }

  /** Drops what is too old to be asked for, and ends what nobody waits for any more. */
  sweep(): void {
    const oldest = this.#now() - keepMs;
    const longAgo = this.#now() - abandonedMs;
    for (const [user, own] of this.#users) {
      for (const [id, call] of own.calls) {
        if (call.endedAtMs !== undefined && call.endedAtMs < oldest) this.#drop(call, own, id);
        else if ((call.abandonedAtMs ?? Infinity) < longAgo) call.abort();
      }
      for (const one of own.forgotten.values()) if (one.endedAtMs < oldest) this.#dropId(one);
      if (own.calls.size === 0 && own.forgotten.size === 0) this.#users.delete(user);
    }
  }

  #userCalls(user: string): UserCalls {
    const known = this.#users.get(user);
    if (known) return known;
    if (this.#users.size >= maxUsers) this.#dropUser(this.#users.keys().next().value!);
    const own = { calls: new Map<string, CallRecord>(), forgotten: new Map<string, Forgotten>() };
    this.#users.set(user, own);
    return own;
  }

  #ended(record: CallRecord, own: UserCalls, id: string): void {
    // Its user had to go meanwhile.
    if (own.calls.get(id) !== record) return;
    const bytes = recordBytes + record.keptBytes;
    this.#answers.set(record, { own, id, bytes });
    this.#answersBytes += bytes;
    if (this.#answersBytes <= maxAnswersBytes) return;
    for (const [oldest, answer] of this.#answers) {
      if (this.#answersBytes <= maxAnswersBytes * (1 - goingShare)) break;
      this.#forget(oldest, answer.own, answer.id);
    }
  }

  #forgetOldest(own: UserCalls): boolean {
    for (const [id, record] of own.calls) {
      if (record.endedAtMs === undefined) continue;
      this.#forget(record, own, id);
      return true;
    }
    return false;
  }

  /** Of the call only its id is left. */
  #forget(record: CallRecord, own: UserCalls, id: string): void {
    this.#drop(record, own, id);
    if (own.forgotten.size >= maxForgottenPerUser) this.#dropId(own.forgotten.values().next().value!);
    if (this.#forgotten.size >= maxForgotten) this.#dropFirstIds();
    const forgotten = { own, id, endedAtMs: record.endedAtMs! };
    own.forgotten.set(id, forgotten);
    this.#forgotten.add(forgotten);
  }

  #drop(record: CallRecord, own: UserCalls, id: string): void {
    own.calls.delete(id);
    this.#answersBytes -= this.#answers.get(record)?.bytes ?? 0;
    this.#answers.delete(record);
  }

  #dropFirstIds(): void {
    for (const first of this.#forgotten) {
      if (this.#forgotten.size <= maxForgotten * (1 - goingShare)) break;
      this.#dropId(first);
    }
  }

  #dropId(forgotten: Forgotten): void {
    forgotten.own.forgotten.delete(forgotten.id);
    this.#forgotten.delete(forgotten);
  }

  #dropUser(user: string): void {
    const own = this.#users.get(user)!;
    for (const [id, record] of own.calls) this.#drop(record, own, id);
    for (const forgotten of own.forgotten.values()) this.#dropId(forgotten);
    this.#users.delete(user);
  }
}
