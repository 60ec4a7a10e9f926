import { type Caller, Refusal } from "@palaver/plugin-api";
import type { AuditRow } from "./audit.ts";

/** Who may see and end everybody's runs, and read the audit. */
const OPERATOR = "operator";

/** No two keys of one hub are likely to begin alike. */
const SHOWN_KEY_LETTERS = 12;

/** One run under way. */
export interface Job {
  /** Its number in the audit. */
  readonly id: number;
  /** The command line, secrets hidden. */
  readonly line: string;
  readonly caller: Caller;
  readonly startedAtMs: number;
  /** Ends it, and says in the audit who did. */
  end(by: string): void;
  /** When it is over. */
  readonly over: Promise<unknown>;
}

/** What runs now; as many as the limits let in. */
export interface Jobs {
  add(job: Job): void;
  remove(id: number): void;
  /** The caller's own; everybody's for an operator. */
  list(caller: Caller): readonly Job[];
  /** @throws {Refusal} when there is no such run, or it is somebody else's: nobody learns which. */
  find(id: number, caller: Caller): Job;
}

export function createJobs(): Jobs {
  const jobs = new Map<number, Job>();
  const mayEnd = (job: Job, caller: Caller): boolean =>
    isOperator(caller) || userOf(job.caller) === userOf(caller);
  return {
    add: (job) => jobs.set(job.id, job),
    remove: (id) => jobs.delete(id),
    list: (caller) => [...jobs.values()].filter((job) => mayEnd(job, caller)),
    find(id, caller) {
      const job = jobs.get(id);
      if (job && mayEnd(job, caller)) return job;
      throw new Refusal(`You have no job ${id}; list yours with: jobs`, "NOT_FOUND");
    },
  };
}

export function isOperator({ roles }: Caller): boolean {
  return roles.includes(OPERATOR);
}

/** How a caller is called in lists: by its name, else by the beginning of its key, else by its address. */
export function nameOf({ nick, key, address }: Pick<AuditRow, "nick" | "key" | "address"> | Caller): string {
  return nick ?? key?.slice(0, SHOWN_KEY_LETTERS) ?? address;
}

/** The same for all of a user's sessions; for a text peer, as long as its lease lasts. */
export function userOf({ key, id }: Caller): string {
  return key ?? id;
}
