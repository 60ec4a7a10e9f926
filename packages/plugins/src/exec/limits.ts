import { type Caller, Refusal } from "@palaver/plugin-api";
import type { CatalogueEntry } from "./catalogue.ts";

/** Callers whose runs are remembered for the rates; past it the one that has been quiet longest is forgotten. */
const MAX_REMEMBERED = 10_000;

/** How much may run at once and how often; one for the whole plugin. */
export interface Limits {
  /**
   * Takes a place for one run; the function that comes back gives it free.
   * @throws {Refusal} BUSY when there is none, or when the caller ran this command too often.
   */
  enter(entry: CatalogueEntry, caller: Caller, nowMs: number): () => void;
}

export function createLimits(maxRunning: number): Limits {
  const runningByName = new Map<string, number>();
  // Start times by command and caller, in the order of the last run.
  const recent = new Map<string, readonly number[]>();
  let running = 0;

  const takeRate = ({ name, config: { rate } }: CatalogueEntry, caller: Caller, nowMs: number): void => {
    if (!rate) return;
    const key = `${name} ${caller.key ?? caller.id}`;
    const times = (recent.get(key) ?? []).filter((time) => time > nowMs - rate.window);
    const [oldest] = times;
    if (oldest !== undefined && times.length >= rate.limit) {
      const waitS = Math.ceil((oldest + rate.window - nowMs) / 1000);
      throw new Refusal(`You ran ${name} too often; try again in ${waitS} s.`, "BUSY");
    }
    recent.delete(key);
    recent.set(key, [...times, nowMs]);
    if (recent.size > MAX_REMEMBERED) recent.delete(recent.keys().next().value!);
  };

  return {
    enter(entry, caller, nowMs) {
      const { name, config } = entry;
      const own = runningByName.get(name) ?? 0;
      if (running >= maxRunning) throw new Refusal("Too much runs here now; try again soon.", "BUSY");
      if (own >= config.max_running) {
        throw new Refusal(`${name} runs ${own} times already; try again soon.`, "BUSY");
      }
      takeRate(entry, caller, nowMs);
      running++;
      runningByName.set(name, own + 1);
      return () => {
        running--;
        runningByName.set(name, runningByName.get(name)! - 1);
      };
    },
  };
}
