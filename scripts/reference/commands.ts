import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProcesses } from "../../packages/server/src/capabilities/processes.ts";
import { loadConfig } from "../../packages/server/src/config/load.ts";
import { createHubCommands } from "../../packages/server/src/hub-commands.ts";
import { createLog } from "../../packages/server/src/log/log.ts";
import { createPluginHost } from "../../packages/server/src/plugin-host/host.ts";
import { createHubPlugin } from "../../packages/server/src/plugin-host/hub-plugin.ts";
import { createPluginsCommand } from "../../packages/server/src/plugins-command.ts";
import type { RegisteredCommand, Registry } from "../../packages/server/src/registry.ts";
import { RoomDirectory } from "../../packages/server/src/users/rooms.ts";
import { UserDirectory } from "../../packages/server/src/users/users.ts";
import { table } from "./table.ts";

/** Nothing is imported and no sandbox is tried for a list of names. */
const config = `[log]
level = "silent"
[plugins.dict]
ecdict = false
cedict = false
[plugins.exec]
sandbox = "off"
`;

const dialects = [
  ["text, before you are online", "a line: `tr apple` or `/tr apple`"],
  ["text, while you are online", "a line with a slash, `/tr apple`, and `offline`; all else is said"],
  ["text, on a mount", "none: the whole line is for that plugin"],
  ["a session", "a [request](../protocol.md#conversation): the name and a list of words"],
  ["`palaver chat`", "as in text, online; those of [the client](../terminal-client.md) come first"],
  ["`palaver run HOST disk /tmp`", "the session's `run` with the words `disk` and `/tmp`"],
  ["`palaver tr HOST apple`", "the session's `tr` with the word `apple`"],
];

/** Every command of the hub and of the plugins that ship, as they register them in a hub without users and sockets. */
export async function commandsPage(): Promise<string> {
  const plugins = Map.groupBy(await readCommands(), ({ plugin }) => plugin);
  const sections = Array.from(plugins, ([plugin, own]) => {
    const rows = own.map(({ name, usage, command }) => [
      `\`${name}${usage === "" ? "" : ` ${usage}`}\``,
      command.summary,
      command.roles?.map((role) => `\`${role}\``).join(" or ") ?? "everybody",
      command.rate ? `${command.rate.limit} in ${command.rate.windowMs / 1000} s` : "",
    ]);
    return `## ${plugin}\n\n${table(["command", "does", "role", "rate"], rows)}`;
  });
  return `# Commands

\`<word>\` must be given, \`[word]\` may be, \`…\` takes the rest of the line. \`help\` shows to each caller what it may call.

${table(["in", "a command is"], dialects)}

Who speaks text holds no role. Rights in a room come on top of roles: [chat](../chat.md#looking-after-a-room). A rate holds for one
caller and command; beyond it the answer is BUSY. What an operator wrote down for \`run\` has roles and rates of its own.

${sections.join("\n\n")}
`;
}

async function readCommands(): Promise<readonly RegisteredCommand[]> {
  const directory = mkdtempSync(join(tmpdir(), "palaver-reference-"));
  try {
    const file = join(directory, "palaver.toml");
    writeFileSync(file, config);
    const loaded = await loadConfig(
      { config: file, data: join(directory, "data") },
      { cwd: directory, env: {}, isTerminal: false },
    );
    const findPeer = () => undefined;
    const identities = undefined as never;
    const ignore = () => {};
    const users = new UserDirectory({
      refusal: () => undefined,
      maxUsers: () => 0,
      findPeer,
      identities,
      online: ignore,
      offline: ignore,
    });
    const rooms = new RoomDirectory({
      maxRooms: () => 0,
      findPeer,
      published: ignore,
      beforeSend: () => {},
      waiting: ignore,
    });
    const { logger } = await createLog(loaded.log, { toStandardError: false, isTerminal: false });
    await using processes = createProcesses([directory]);
    const registry = (): Registry => host.registry;
    const hub = createHubPlugin(logger, {
      ...createHubCommands(registry, findPeer),
      plugins: createPluginsCommand({ report: () => [], reload: async () => {} }),
    });
    const host = createPluginHost({ log: logger, shared: { users, rooms, processes }, builtIn: [hub] });
    (await host.stage(loaded)).commit();
    const commands = registry().commands();
    await host.dispose();
    return commands;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
