import { workerData } from "node:worker_threads";
import type { Config } from "../config/config.ts";
import { parseListenAddress, type ListenAddress } from "../config/listen-address.ts";
import type { ConfigOptions, Surroundings } from "../config/load.ts";
import type { Link } from "./port-backplane.ts";

/** Whether this thread is a worker of a hub: the main thread tells those of children that ended. */
export function hearsOfChildren(): boolean {
  return (workerData as Partial<MemberData> | null)?.unwritten instanceof SharedArrayBuffer;
}

/** How a worker reads the configuration: what the command line said, as far as it can be sent to a thread. */
export interface Recipe {
  readonly options: Omit<ConfigOptions, "listen"> & { readonly listen?: readonly string[] };
  readonly around: Surroundings;
}

/** What a worker is given when it starts. */
export interface MemberData {
  readonly self: number;
  readonly workers: number;
  readonly recipe: Recipe;
  /** By worker; none to itself. */
  readonly links: readonly (Link | undefined)[];
  /** See `shareState`. */
  readonly state: SharedArrayBuffer;
  readonly salt: number;
  /** Lines of the log that the main thread has not written yet, one number a worker. */
  readonly unwritten: SharedArrayBuffer;
  /** The ports that the first worker got; absent for that one. */
  readonly ports?: readonly number[];
}

export function recipeOf({ listen, ...options }: ConfigOptions, around: Surroundings): Recipe {
  const { cwd, env, isTerminal } = around;
  const urls = listen?.map(({ url, mount }) => (mount === undefined ? url : `${url}=${mount}`));
  return {
    options: { ...options, ...(urls && { listen: urls }) },
    around: { cwd, env: { ...env }, isTerminal },
  };
}

export function optionsOf({ options: { listen, ...options } }: Recipe): ConfigOptions {
  return { ...options, ...(listen && { listen: listen.map(parseListenAddress) }) };
}

/** The listeners with the ports that the first worker got: the system picks one for all. */
export function atPorts(config: Config, ports: readonly number[] | undefined): Config {
  if (!ports) return config;
  const place = (listen: ListenAddress, index: number) => listen.withPort(ports[index] ?? listen.port);
  return { ...config, listen: config.listen.map(place) };
}
