import { Refusal } from "@palaver/plugin-api";
import type { Logger } from "pino";
import { invoke, type Handler, type Invocation } from "../invoke.ts";
import { createActiveCalls, type ActiveCalls } from "./active-calls.ts";
import { enterAs, type Enter } from "./blame.ts";
import { createHealth, type Health } from "./health.ts";

/** What the hub puts around every function of a plugin: blame, counting, and the breaker. */
export interface Guard {
  readonly plugin: string;
  readonly health: Health;
  /** Runs the plugin's code so that what goes wrong later, in timers and promises, is known to be its own. */
  readonly enter: Enter;
  readonly calls: ActiveCalls;
  /** What callers are told while the plugin is switched off; undefined while it is on. */
  refusal(): Refusal | undefined;
  /** Runs one call; the invocation's sink gets replies and the end. */
  run(invocation: Invocation, handler: Handler): void;
  /** Tells the plugin something; what it makes of it is awaited and never rejects. */
  tell(where: string, listener: () => unknown): Promise<void>;
  /** Has the plugin finish at once what it began, also when it was switched off meanwhile. */
  conclude(where: string, act: () => void): void;
  /** Asks the plugin something at once. A Refusal passes; a fault counts, and gives `otherwise`. */
  ask<Value>(where: string, question: () => Value, otherwise: () => Value): Value;
}

export interface GuardOptions {
  readonly plugin: string;
  readonly log: Logger;
  /** The plugin was switched off. */
  onOff(): void;
}

export function createGuard({ plugin, log, onOff }: GuardOptions): Guard {
  const now = () => performance.now();
  const health = createHealth({ plugin, log, now, onOff });
  const enter = enterAs(health);
  const calls = createActiveCalls();
  const refusal = () => {
    if (health.offReason === undefined) return undefined;
    return new Refusal(`${plugin} is switched off after too many faults; ask an operator.`, "BUSY");
  };
  const responsible = { name: plugin, enter, health, calls };
  return {
    plugin,
    health,
    enter,
    calls,
    refusal,
    run(invocation, handler) {
      const refused = refusal();
      if (refused) return invocation.sink.end(refused);
      invoke(responsible, handler, invocation);
    },
    async tell(where, listener) {
      if (health.offReason !== undefined) return;
      try {
        await enter(async () => listener());
      } catch (error) {
        health.fault(error, where);
      }
    },
    conclude(where, act) {
      try {
        enter(act);
      } catch (error) {
        health.fault(error, where);
      }
    },
    ask(where, question, otherwise) {
      if (health.offReason !== undefined) return otherwise();
      try {
        return enter(question);
      } catch (error) {
        if (error instanceof Refusal) throw error;
        health.fault(error, where);
        return otherwise();
      }
    },
  };
}
