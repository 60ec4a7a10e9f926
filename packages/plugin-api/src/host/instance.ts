import type { HubEvents } from "../events.ts";
import type { AnyCommand, PluginInstance } from "../plugin.ts";

// Half a screen's line; help shows all of them.
const maxSummaryChars = 500;
const maxArgs = 32;
// What a timer takes.
const maxMs = 2 ** 31 - 1;

/** All there are: the hub's table carries more than them, which is not for plugins to hear. */
const events: Readonly<Record<keyof HubEvents, true>> = {
  "user:online": true,
  "user:offline": true,
  "user:received": true,
  "room:message": true,
};

/** What `setup` gave back, if the hub can use it. @throws {TypeError} which says what to write. */
export function checkInstance(value: unknown): PluginInstance {
  if (typeof value !== "object" || value === null) {
    throw new TypeError("its setup gave nothing back; it must return { commands: … }");
  }
  const instance = value as { readonly [Part in keyof PluginInstance]: unknown };
  for (const [name, command] of entriesOf(instance.commands, "commands")) checkCommand(name, command);
  for (const [event, listener] of entriesOf(instance.on, "on")) {
    if (!Object.hasOwn(events, event)) {
      const known = Object.keys(events).join(", ");
      throw new TypeError(`there is no event ${JSON.stringify(event)}; there is ${known}`);
    }
    if (typeof listener !== "function") throw new TypeError(`its listener to ${event} is no function`);
  }
  for (const part of ["text", "serve"] as const) {
    if (instance[part] !== undefined && typeof instance[part] !== "function")
      throw new TypeError(`its ${part} is no function`);
  }
  checkTime(instance.textTimeoutMs, "its textTimeoutMs");
  return value;
}

function checkCommand(name: string, value: unknown): void {
  // The hub looks names up in small letters, and a blank ends them.
  if (!/^\S{1,40}$/.test(name) || name !== name.toLowerCase() || name.startsWith("/")) {
    throw new TypeError(`${JSON.stringify(name)} is no name for a command; write small letters, no blanks`);
  }
  const command = (value ?? {}) as { readonly [Part in keyof AnyCommand]: unknown };
  const { run, summary, args, roles, rate, timeoutMs, maxInputBytes } = command;
  if (typeof run !== "function" || typeof summary !== "string") {
    throw new TypeError(`its command ${name} has no summary or no run; write command({ summary, run })`);
  }
  if (summary.length > maxSummaryChars) {
    throw new TypeError(`the summary of ${name} has more than ${maxSummaryChars} characters; write one line`);
  }
  const schemas = entriesOf(args, `args of ${name}`);
  if (schemas.length > maxArgs) throw new TypeError(`${name} has more than ${maxArgs} arguments`);
  for (const [key, schema] of schemas) {
    const standard = (schema as { readonly "~standard"?: { readonly validate?: unknown } } | undefined)?.[
      "~standard"
    ];
    if (typeof standard?.validate !== "function" || key.length > 40) {
      throw new TypeError(`the argument ${JSON.stringify(key)} of ${name} has no schema; write z.string()`);
    }
  }
  if (roles !== undefined && !(Array.isArray(roles) && roles.every((role) => typeof role === "string"))) {
    throw new TypeError(`the roles of ${name} are no list of texts; write roles: ["operator"]`);
  }
  if (rate !== undefined) {
    const { limit, windowMs } = (rate ?? {}) as { readonly limit?: unknown; readonly windowMs?: unknown };
    if (!isAbove0(limit) || !isAbove0(windowMs)) {
      throw new TypeError(`the rate of ${name} is none; write rate: { limit: 5, windowMs: 60_000 }`);
    }
  }
  checkTime(timeoutMs, `the timeoutMs of ${name}`);
  if (maxInputBytes !== undefined && !isAbove0(maxInputBytes)) {
    throw new TypeError(`the maxInputBytes of ${name} is no number of bytes`);
  }
}

function entriesOf(value: unknown, what: string): readonly (readonly [string, unknown])[] {
  if (value === undefined) return [];
  if (typeof value === "object" && value !== null) return Object.entries(value);
  throw new TypeError(`its ${what} is no object; write { name: … }`);
}

function checkTime(value: unknown, what: string): void {
  if (value === undefined || (isAbove0(value) && value <= maxMs)) return;
  throw new TypeError(`${what} is no number of milliseconds from 1 to ${maxMs}`);
}

function isAbove0(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value < Infinity;
}
