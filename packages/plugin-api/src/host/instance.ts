import type { HubEvents } from "../events.ts";
import type { AnyCommand, PluginInstance, RoomHistory } from "../plugin.ts";

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

const parts: Readonly<Record<Extract<keyof PluginInstance, string>, true>> = {
  commands: true,
  text: true,
  textTimeoutMs: true,
  serve: true,
  history: true,
  on: true,
};

const commandParts: Readonly<Record<keyof AnyCommand, true>> = {
  summary: true,
  args: true,
  roles: true,
  timeoutMs: true,
  rate: true,
  changes: true,
  maxInputBytes: true,
  takesStream: true,
  run: true,
};

/** What `setup` gave back, if the hub can use it. @throws {TypeError} which says what to write. */
export function checkInstance(value: unknown): PluginInstance {
  if (typeof value !== "object" || value === null) {
    throw new TypeError("its setup gave nothing back; it must return { commands: … }");
  }
  checkParts(value, parts, "in what its setup gave back");
  const instance = value as { readonly [Part in keyof PluginInstance]: unknown };
  for (const [name, command] of entriesOf(instance.commands, "commands")) checkCommand(name, command);
  for (const [event, listener] of entriesOf(instance.on, "on")) {
    if (!Object.hasOwn(events, event)) throw new TypeError(noSuch(`event ${JSON.stringify(event)}`, events));
    if (typeof listener !== "function") throw new TypeError(`its listener to ${event} is no function`);
  }
  for (const part of ["text", "serve"] as const) {
    if (instance[part] !== undefined && typeof instance[part] !== "function")
      throw new TypeError(`its ${part} is no function`);
  }
  const { history, [Symbol.asyncDispose]: dispose } = instance;
  if (dispose !== undefined && typeof dispose !== "function") {
    throw new TypeError("its [Symbol.asyncDispose] is no function");
  }
  if (history !== undefined) {
    const { latest, after } = (history ?? {}) as { readonly [Part in keyof RoomHistory]?: unknown };
    if (typeof latest !== "function" || typeof after !== "function") {
      throw new TypeError("its history is none; write history: { latest, after }");
    }
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
  checkParts(command, commandParts, `in the command ${name}`);
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

/** What an object is meant to be is a guess where it has a part that is none; one of a class may have more. */
function checkParts(value: object, known: Readonly<Record<string, true>>, where: string): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return;
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(known, key));
  if (unknown !== undefined) throw new TypeError(noSuch(`${JSON.stringify(unknown)} ${where}`, known));
}

function noSuch(what: string, known: Readonly<Record<string, true>>): string {
  return `there is no ${what}; there is ${Object.keys(known).join(", ")}`;
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
