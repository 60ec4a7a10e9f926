import type { Connection } from "./connection.ts";
import { HubConnection } from "./hub-connection.ts";

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  /** The wished name; the hub may give another. */
  readonly nick?: string;
  /** The user's key, made on first use. Default: `identity` in `configDir`. */
  readonly identityFile?: string;
  /** Holds `identity`, `known_hosts` and `outbox/`. Default: `$XDG_CONFIG_HOME/palaver`, else `~/.config/palaver`. */
  readonly configDir?: string;
  /**
   * Keeps what is said on disk until the hub has stored it, so that the next connection of the same user to the same
   * hub sends it when it enters the room; nothing older than a day. Default: when `configDir` is given.
   */
  readonly outbox?: boolean;
  /** Closes the connection. */
  readonly signal?: AbortSignal;
  /** The hub was never seen before; its key is trusted from now on. For people to compare. */
  readonly onFingerprint?: (fingerprint: string) => void;
  /** Name and version of the program. */
  readonly client?: string;
}

/** Connects to a hub, at once and again whenever the connection is lost, until `close`. */
export function connect(options: ConnectOptions): Connection {
  return new HubConnection(options);
}
