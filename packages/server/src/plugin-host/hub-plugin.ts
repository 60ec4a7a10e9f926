import type { AnyCommand } from "@palaver/plugin-api";
import { createEntry } from "@palaver/plugin-api/host";
import type { Logger } from "pino";
import type { LoadedPlugin } from "../registry.ts";
import { createGuard } from "./guard.ts";

/** The hub's own commands, as a plugin that is always there. */
export function createHubPlugin(log: Logger, commands: Readonly<Record<string, AnyCommand>>): LoadedPlugin {
  return {
    name: "hub",
    instance: { commands },
    entries: Object.entries(commands).map(([name, command]) => createEntry(name, command)),
    guard: createGuard({ plugin: "hub", log, onOff: () => {} }),
  };
}
