import type { Capability } from "@palaver/plugin-api";
import type { Words } from "@palaver/plugin-api/host";
import type { Fault } from "../fault.ts";
import type { Wanted } from "../load.ts";
import type { SettingsProblem } from "../settings.ts";

/** The pipe of messages both ways, behind standard input, output and error. */
export const messagesFd = 3;

/** The pipe of the worker's questions and the hub's answers. */
export const asksFd = 4;

/** A question on the second pipe. The worker stands still until the outcome comes back, so that none can pile up. */
export interface Ask {
  readonly target: string;
  readonly method: string;
  readonly values: readonly unknown[];
}

/** From the hub to the worker. */
export type ToWorker =
  | { readonly type: "load"; readonly wanted: Wanted; readonly dataDir: string }
  | { readonly type: "check"; readonly settings: unknown }
  | { readonly type: "setUp"; readonly granted: readonly Capability[] }
  /** Begins a call: of a command with its words, or of the mount. Replies come one for each `next`. */
  | {
      readonly type: "call";
      readonly id: number;
      readonly command: string | undefined;
      readonly words: Words | undefined;
      readonly input: Readonly<Record<string, unknown>>;
    }
  | { readonly type: "next"; readonly id: number }
  /** The call's signal aborts; its iterator is asked to return. */
  | { readonly type: "abort"; readonly id: number; readonly reason: string }
  | { readonly type: "event"; readonly name: string; readonly payload: unknown }
  /** The end of a promise that an answer spoke of. */
  | { readonly type: "settled"; readonly id: number; readonly outcome: Outcome }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "unload" };

/** From the worker to the hub. Nothing here is sent unless the hub asked, so that nothing can pile up. */
export type FromWorker =
  | ({ readonly type: "loaded"; readonly files: readonly string[] } & Definition)
  | { readonly type: "unloadable"; readonly reason: string; readonly files: readonly string[] }
  | { readonly type: "failed"; readonly failure: Failure }
  | { readonly type: "checked"; readonly problem: SettingsProblem | undefined }
  | { readonly type: "ready"; readonly abilities: Abilities }
  | { readonly type: "reply"; readonly id: number; readonly value: unknown }
  | { readonly type: "end"; readonly id: number; readonly failure: Failure | undefined }
  | { readonly type: "heard"; readonly failure: Failure | undefined }
  | { readonly type: "pong"; readonly id: number }
  | { readonly type: "unloaded"; readonly failure: Failure | undefined };

/** What the hub has to know of a plugin's definition. */
export interface Definition {
  readonly needs: readonly Capability[];
  readonly isolate: "worker" | undefined;
}

export type Failure =
  | { readonly refusal: { readonly code: string; readonly message: string } }
  | { readonly fault: Fault };

/** What came of a request; `promise` says that it will be settled later, under that number. */
export type Outcome = { readonly value: unknown } | { readonly promise: number } | Failure;

/** What a plugin can do, without the functions that do it. */
export interface Abilities {
  readonly commands: readonly CommandAbility[];
  readonly text: boolean;
  readonly textTimeoutMs: number | undefined;
  readonly events: readonly string[];
}

export interface CommandAbility {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly roles: readonly string[] | undefined;
  readonly timeoutMs: number | undefined;
  readonly rate: { readonly limit: number; readonly windowMs: number } | undefined;
  readonly changes: boolean | undefined;
  readonly maxInputBytes: number | undefined;
}
