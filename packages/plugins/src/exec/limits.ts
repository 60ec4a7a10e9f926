import { type Caller, Refusal } from "@palaver/plugin-api";
import type { CatalogueEntry } from "./catalogue.ts";
import type { CommandConfig, ExecConfig } from "./config.ts";
import { userOf } from "./jobs.ts";

/** Callers whose runs are remembered for the rates; past it the one that has been quiet longest is forgotten. */
const MAX_REMEMBERED = 10_000;

/** How much may run at once and how often; one for the whole plugin. */
export interface Limits {
  /**
   * Takes a place for one run; the function that comes back gives it free.
   * @throws {Refusal} BUSY when there is none, or when the caller ran this command, or anything, too often.
   */
  enter(entry: CatalogueEntry, caller: Caller, nowMs: number): () => void;
}

type LimitSettings = Pick<ExecConfig, "max_running" | "max_running_per_user" | "rate">;

export function createLimits(settings: LimitSettings): Limits {
  const runningOf = createCounts();
  const rates = createRates();
  let running = 0;
  return {
    enter({ name, config }, caller, nowMs) {
      const user = userOf(caller);
      const [command, own] = [`command ${name}`, `user ${user}`];
      if (running >= settings.max_running) {
        throw new Refusal("Too much runs here now; try again soon.", "BUSY");
      }
      if (runningOf(command) >= config.max_running) {
        throw new Refusal(`${name} runs ${runningOf(command)} times already; try again soon.`, "BUSY");
      }
      if (runningOf(own) >= settings.max_running_per_user) {
        throw new Refusal(`You run ${runningOf(own)} commands already; wait for one to end.`, "BUSY");
      }
      rates.take(`${name} ${user}`, config.rate, nowMs, name);
      rates.take(user, settings.rate, nowMs, "commands");
      running++;
      runningOf(command, 1);
      runningOf(own, 1);
      return () => {
        running--;
        runningOf(command, -1);
        runningOf(own, -1);
      };
    },
  };
}

/** Counts by name; a name without any takes no room. Bounded by what runs. */
function createCounts() {
  const counts = new Map<string, number>();
  return (name: string, change = 0): number => {
    const count = (counts.get(name) ?? 0) + change;
    if (count === 0) counts.delete(name);
    else counts.set(name, count);
    return count;
  };
}

function createRates() {
  // Start times, in the order of the last run.
  const recent = new Map<string, readonly number[]>();
  return {
    /** @throws {Refusal} BUSY, when `what` was run too often. */
    take(key: string, rate: CommandConfig["rate"], nowMs: number, what: string): void {
      if (!rate) return;
      const times = (recent.get(key) ?? []).filter((time) => time > nowMs - rate.window);
      const [oldest] = times;
      if (oldest !== undefined && times.length >= rate.limit) {
        const waitS = Math.ceil((oldest + rate.window - nowMs) / 1000);
        throw new Refusal(`You ran ${what} too often; try again in ${waitS} s.`, "BUSY");
      }
      recent.delete(key);
      recent.set(key, [...times, nowMs]);
      if (recent.size > MAX_REMEMBERED) recent.delete(recent.keys().next().value!);
    },
  };
}
