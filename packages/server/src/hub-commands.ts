import { command, Refusal, type Caller } from "@palaver/plugin-api";
import * as z from "zod";
import type { Registry, RegisteredCommand } from "./registry.ts";

/** What the hub sees of a session's way to it. */
export interface Path {
  /** How often the session's address changed. */
  readonly pathChanges: number;
}

/**
 * The hub's own commands.
 * @param registry gives the table that is in force at the time of the call.
 * @param pathOf knows sessions only.
 */
export function createHubCommands(registry: () => Registry, pathOf: (callerId: string) => Path | undefined) {
  const ping = command({
    summary: "Answer at once",
    run: ({ caller }) => ({ text: "pong", data: { address: caller.address, ...pathOf(caller.id) } }),
  });
  const help = command({
    summary: "List the commands, or explain one",
    args: { command: z.string().optional() },
    run: ({ args, caller }) => {
      const rows = registry()
        .commands()
        .filter((row) => mayCall(row, caller));
      if (args.command === undefined)
        return { text: rows.map(helpLine).join("\n"), data: rows.map(describe) };
      const name = args.command.replace(/^\//, "").toLowerCase();
      const row = rows.find((candidate) => candidate.name === name);
      if (!row) throw new Refusal(`There is no command ${name.slice(0, 40)}. Send: help`, "NOT_FOUND");
      return { text: helpLine(row), data: describe(row) };
    },
  });
  return { help, ping };
}

function mayCall({ command: { roles } }: RegisteredCommand, caller: Caller): boolean {
  return !roles || roles.some((role) => caller.roles.includes(role));
}

function helpLine({ name, usage, command: { summary } }: RegisteredCommand): string {
  return `${usage === "" ? name : `${name} ${usage}`} - ${summary}`;
}

function describe({ name, usage, command: { summary } }: RegisteredCommand) {
  return { name, usage, summary };
}
