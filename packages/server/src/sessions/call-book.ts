import { CallRecord } from "./call-record.ts";

/** Longer than any retry: CoAP's EXCHANGE_LIFETIME is 247 s (RFC 7252, 4.8.2). */
const keepMs = 300_000;
/** A client that lost its connection asks again within seconds; one that left does not. */
const abandonedMs = 15_000;
const maxCallsPerUser = 256;
const maxUsers = 10_000;
// An answer that had to go leaves its id behind, so that the request is refused and not run again.
const maxForgottenPerUser = 1024;

interface UserCalls {
  readonly calls: Map<string, CallRecord>;
  readonly forgotten: Map<string, number>;
}

/** Every user's calls by request id: what makes a request run at most once. */
export class CallBook {
  readonly #users = new Map<string, UserCalls>();
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
    const record = new CallRecord(this.#now);
    own.calls.set(id, record);
    return record;
  }

  /** Drops what is too old to be asked for, and ends what nobody waits for any more. */
  sweep(): void {
    const oldest = this.#now() - keepMs;
    const longAgo = this.#now() - abandonedMs;
    for (const [user, { calls, forgotten }] of this.#users) {
      for (const [id, call] of calls) {
        if (call.endedAtMs !== undefined && call.endedAtMs < oldest) calls.delete(id);
        else if ((call.abandonedAtMs ?? Infinity) < longAgo) call.abort();
      }
      for (const [id, atMs] of forgotten) if (atMs < oldest) forgotten.delete(id);
      if (calls.size === 0 && forgotten.size === 0) this.#users.delete(user);
    }
  }

  #userCalls(user: string): UserCalls {
    const known = this.#users.get(user);
    if (known) return known;
    if (this.#users.size >= maxUsers) this.#users.delete(this.#users.keys().next().value!);
    const own = { calls: new Map<string, CallRecord>(), forgotten: new Map<string, number>() };
    this.#users.set(user, own);
    return own;
  }

  #forgetOldest({ calls, forgotten }: UserCalls): boolean {
    for (const [id, { endedAtMs }] of calls) {
      if (endedAtMs === undefined) continue;
      calls.delete(id);
      if (forgotten.size >= maxForgottenPerUser) forgotten.delete(forgotten.keys().next().value!);
      forgotten.set(id, endedAtMs);
      return true;
    }
    return false;
  }
}
