import type { PluginInstance } from "@palaver/plugin-api";

/** What `setup` gave back, if the hub can use it. @throws {TypeError} */
export function checkInstance(value: unknown): PluginInstance {
  if (typeof value !== "object" || value === null) {
    throw new TypeError("its setup gave nothing back; it must return { commands: … }");
  }
  const { commands = {}, on = {}, text } = value as { commands?: object; on?: object; text?: unknown };
  for (const [name, command] of Object.entries(commands) as [string, unknown][]) {
    // The hub looks names up in small letters, and a blank ends them.
    if (!/^\S{1,40}$/.test(name) || name !== name.toLowerCase() || name.startsWith("/")) {
      throw new TypeError(`${JSON.stringify(name)} is no name for a command; write small letters, no blanks`);
    }
    const { run, summary } = (command ?? {}) as { run?: unknown; summary?: unknown };
    if (typeof run !== "function" || typeof summary !== "string") {
      throw new TypeError(`its command ${name} has no summary or no run; write command({ summary, run })`);
    }
  }
  for (const [event, listener] of Object.entries(on) as [string, unknown][]) {
    if (typeof listener !== "function") throw new TypeError(`its listener to ${event} is no function`);
  }
  if (text !== undefined && typeof text !== "function") throw new TypeError("its text is no function");
  return value;
}
