import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import type { Surroundings } from "../config/load.ts";
import type { Hub, HubOptions, RunningHub } from "../hub.ts";
import type { TeamOptions } from "../workers/team.ts";
import type { Signals } from "./signals.ts";

/** What the command needs of `hub.ts`. */
interface HubModule {
  createHub(config: Config, log: Logger, options: HubOptions): Promise<Hub>;
  /** Loads every plugin and checks its settings; opens nothing. @throws {ConfigError} */
  checkPlugins(config: Config): Promise<void>;
}

/** What the command meets: the process around it, and the hub behind it. */
export interface World extends Surroundings {
  /** One or more whole lines. */
  printOutput(text: string): void;
  /** Waits until what was printed has left the process, or cannot any more. */
  outputRead(): Promise<void>;
  printError(text: string): void;
  readonly signals: Signals;
  /** The program that is running, for a hub in the background. */
  readonly program: string;
  readonly version: string;
  /** Only commands that need the hub wait for its modules. */
  loadHub(): Promise<HubModule>;
  /** Of a hub with several workers, only they load the hub. */
  loadTeam(): Promise<{ createTeam(options: TeamOptions): Promise<RunningHub> }>;
  /** Ends the process without waiting for anything. */
  exit(code: number): never;
}
