import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import * as z from "zod";
import type { Config, ConfigPlace, LogConfig, PluginConfig } from "./config.ts";
import { ConfigError, formatKey } from "./config-error.ts";
import { describeIssue, show, suggest, type Issue } from "./describe-issue.ts";
import type { ListenAddress } from "./listen-address.ts";
import { createLocator } from "./locate.ts";
import { readTomlFile } from "./read-file.ts";
import { fileSchema, pluginKeys, type ConfigFile } from "./schema.ts";

/** What the command line says; it goes before the file. Paths are relative to the working directory. */
export interface ConfigOptions {
  readonly config?: string;
  readonly data?: string;
  readonly listen?: readonly ListenAddress[];
  readonly io?: Config["io"];
  readonly workers?: number;
  readonly logLevel?: LogConfig["level"];
  readonly logFormat?: LogConfig["format"];
  readonly logDir?: string;
}

/** The world around the configuration. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard error is a terminal. */
  readonly isTerminal: boolean;
}

/** The plugins that ship, in the order in which they are set up. */
export const shippedPlugins = ["echo", "dict", "exec", "chat", "files"] as const;
const shippedPrefix = "@palaver/plugins/";

const noTable = z.object(pluginKeys).parse({});

type Locate = Config["locate"];

/**
 * Reads and checks the configuration.
 * @throws {ConfigError} for the first thing in it that is refused.
 */
export async function loadConfig(options: ConfigOptions, around: Surroundings): Promise<Config> {
  const { config: file } = options;
  const { source, document } = file === undefined ? { source: "", document: {} } : await readTomlFile(file);
  const lineOf = createLocator(source);
  const locate: Locate = (path) => {
    const option = optionOf(path, options);
    if (option !== undefined) return { key: option };
    const line = lineOf(path);
    return {
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
      key: formatKey(path),
    };
  };

  const checked = fileSchema.safeParse(document);
  if (!checked.success) {
    const { path, message } = describeIssue(checked.error.issues[0] as Issue, document, fileSchema);
    throw new ConfigError(locate(path), message);
  }
  const settings = checked.data;
  const listen = options.listen ?? settings.listen;
  const plugins = collectPlugins(settings, locate);
  checkListeners(listen, plugins, locate);
  checkUsers(settings.users, locate);
  const workers = options.workers ?? settings.workers;
  if (workers > 1 && process.platform !== "linux") {
    throw new ConfigError(locate(["workers"]), "only Linux divides a port between workers; write 1");
  }

  const absoluteFile = file === undefined ? undefined : resolve(around.cwd, file);
  const directory = absoluteFile === undefined ? around.cwd : dirname(absoluteFile);
  const place = (option: string | undefined, setting: string | undefined) =>
    option !== undefined ? resolve(around.cwd, option) : setting && resolve(directory, setting);
  return {
    file: absoluteFile,
    directory,
    dataDir: place(options.data, settings.data) ?? defaultDataDirectory(around.env),
    listen,
    io: options.io ?? settings.io,
    workers,
    metrics: settings.metrics,
    text: {
      trust: settings.text.trust,
      encoding: settings.text.encoding,
      repliesPerSecond: settings.text.replies_per_second,
      burst: settings.text.burst,
      bytesPerSecond: settings.text.bytes_per_second,
    },
    limits: {
      peers: settings.limits.peers,
      rooms: settings.limits.rooms,
      connections: settings.limits.connections,
      handshakesPerSecond: settings.limits.handshakes_per_second,
      memory: settings.limits.memory,
    },
    plugins,
    users: settings.users,
    log: {
      level: options.logLevel ?? settings.log.level,
      format: options.logFormat ?? settings.log.format ?? (around.isTerminal ? "pretty" : "json"),
      directory: place(options.logDir, settings.log.dir),
    },
    locate,
  };
}

/** The option that was given in a setting's place. */
function optionOf([first, second]: readonly (string | number)[], options: ConfigOptions): string | undefined {
  if (first === "listen" && options.listen !== undefined) return "--listen";
  if (first === "workers" && options.workers !== undefined) return "--workers";
  if (first === "data" && options.data !== undefined) return "--data";
  if (first === "log" && second === "dir" && options.logDir !== undefined) return "--log-dir";
  return undefined;
}

/** XDG Base Directory: a value that is not absolute is to be ignored. */
export function defaultDataDirectory(env: Surroundings["env"]): string {
  const state = env["XDG_STATE_HOME"];
  return join(state && isAbsolute(state) ? state : join(homedir(), ".local", "state"), "palaver");
}

function collectPlugins(settings: ConfigFile, locate: Locate): ReadonlyMap<string, PluginConfig> {
  const plugins = new Map<string, PluginConfig>();
  const shipped: readonly string[] = shippedPlugins;
  const names = new Set([...shipped, ...Object.keys(settings.plugins)]);
  for (const name of names) {
    const table = settings.plugins[name] ?? noTable;
    const from = table.from ?? (shipped.includes(name) ? shippedPrefix + name : undefined);
    if (from === undefined) {
      const hint = suggest(name, shipped).replace("known here: ", "these ship: ");
      const remedy = `${hint}${hint.endsWith("?") ? " If not, give" : "; for one of your own give"} its module: from = "./${name}.ts"`;
      throw new ConfigError(locate(["plugins", name]), `unknown plugin; ${remedy}`);
    }
    if (!table.enabled) continue;
    const own = Object.entries(table).filter(([key]) => !Object.hasOwn(pluginKeys, key));
    plugins.set(name, {
      name,
      from,
      grant: table.grant ?? (from.startsWith(shippedPrefix) ? "all" : []),
      isolate: table.isolate,
      memoryMib: table.memory_mib,
      settings: Object.fromEntries(own),
    });
  }
  return plugins;
}

function checkListeners(
  listen: readonly ListenAddress[],
  plugins: ReadonlyMap<string, PluginConfig>,
  locate: Locate,
): void {
  const taken = new Set<string>();
  listen.forEach(({ url, port, mount, protocol }, index) => {
    const place = (): ConfigPlace => locate(["listen", index]);
    if (mount !== undefined && !plugins.has(mount)) {
      const hint = suggest(mount, [...plugins.keys()]);
      throw new ConfigError(place(), `${url} is mounted on ${show(mount)}, which is no plugin here; ${hint}`);
    }
    if (protocol !== undefined && !plugins.has(protocol)) {
      const shipped: readonly string[] = shippedPlugins;
      const reason = shipped.includes(protocol)
        ? `belongs to the plugin ${protocol}, which is switched off; remove one`
        : `has no known transport; write udp:// or tcp://, or the name of a plugin that speaks a protocol of its own`;
      throw new ConfigError(place(), `${url} ${reason}`);
    }
    // Port 0 gives another port each time.
    if (port !== 0 && taken.has(url)) throw new ConfigError(place(), `${url} is there twice; remove one`);
    taken.add(url);
  });
}

function checkUsers(users: ConfigFile["users"], locate: Locate): void {
  for (const field of ["key", "nick"] as const) {
    const firsts = new Map<string, number>();
    users.forEach((user, index) => {
      const folded = field === "nick" ? user.nick.normalize("NFKC").toLowerCase() : user.key;
      const first = firsts.get(folded);
      if (first !== undefined) {
        const message = `${show(user[field])} is also the ${field} of users[${first}]; give each user one of its own`;
        throw new ConfigError(locate(["users", index, field]), message);
      }
      firsts.set(folded, index);
    });
  }
}
