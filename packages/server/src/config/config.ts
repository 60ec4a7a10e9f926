import type { Capability } from "@palaver/plugin-api";
import type { ConfigPlace } from "./config-error.ts";
import type { HttpAddress } from "./http-address.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { MemoryLimit } from "./memory-limit.ts";

export { ConfigError, type ConfigPlace } from "./config-error.ts";

/** What the hub runs by: file and options together, complete with defaults. */
export interface Config {
  /** Absolute; undefined when the hub runs on its defaults. */
  readonly file: string | undefined;
  /** Relative paths in the file are relative to this; the working directory when there is no file. */
  readonly directory: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly listen: readonly ListenAddress[];
  /** How datagrams are received and sent: `auto` takes many in one system call where the system has that. */
  readonly io: "auto" | "dgram";
  /** Threads that serve the same ports; 1 is the hub in one thread. */
  readonly workers: number;
  /** Where figures and health are served by HTTP; undefined serves none. */
  readonly metrics: HttpAddress | undefined;
  readonly text: TextConfig;
  readonly limits: {
    readonly peers: number;
    readonly rooms: number;
    /** TCP connections. */
    readonly connections: number;
    /** New sessions from one /24 (IPv4) or /56 (IPv6). */
    readonly handshakesPerSecond: number;
    readonly memory: MemoryLimit;
  };
  /** By name, in the order in which they are set up. */
  readonly plugins: ReadonlyMap<string, PluginConfig>;
  readonly users: readonly UserConfig[];
  readonly log: LogConfig;
  /** Where a path stands; for what is found out later, by plugins. Never throws. */
  readonly locate: (path: readonly (string | number)[]) => ConfigPlace;
}

/** How text peers are met. */
export interface TextConfig {
  /** Networks (`address/length`) whose addresses are believed without proof. */
  readonly trust: readonly string[];
  readonly encoding: "utf-8" | "gb18030";
  readonly repliesPerSecond: number;
  readonly burst: number;
  readonly bytesPerSecond: number;
}

export interface PluginConfig {
  readonly name: string;
  /** A module: one of ours (`@palaver/plugins/dict`), a file (`./x.ts`), or a package. */
  readonly from: string;
  readonly grant: readonly Capability[] | "all";
  /** Where the operator wants it to run; undefined leaves that to the plugin. */
  readonly isolate: "worker" | "none" | undefined;
  /** What its worker may hold: so much in V8's heap, and so much in buffers. */
  readonly memoryMib: number;
  /** The rest of the plugin's table, for its own schema. */
  readonly settings: unknown;
}

export interface UserConfig {
  /** The public key, 32 bytes in base64url. */
  readonly key: string;
  readonly nick: string;
  readonly roles: readonly string[];
}

export interface LogConfig {
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  readonly format: "json" | "pretty";
  /** Absolute; undefined when no files are written. */
  readonly directory: string | undefined;
}
