import type { Capability, CapabilityMap, Files } from "@palaver/plugin-api";
import { createFiles } from "../capabilities/files.ts";
import { createStorage } from "../capabilities/storage.ts";
import { leave } from "./blame.ts";
import { sharedMethods, type SharedName } from "./shared-methods.ts";

/** What all plugins share. */
export type SharedCapabilities = Pick<CapabilityMap, SharedName>;

export interface CapabilityPlaces {
  readonly plugin: string;
  readonly dataDir: string;
  /** What relative paths of files are relative to. */
  readonly directory: string;
}

export interface Granted extends Disposable {
  readonly capabilities: Partial<CapabilityMap>;
}

/**
 * Makes the capabilities that one plugin was granted; those of its own go when they are disposed.
 * @param onFileChange runs a callback of the plugin's about a file.
 */
export function createCapabilities(
  needs: readonly Capability[],
  { plugin, dataDir, directory }: CapabilityPlaces,
  shared: SharedCapabilities,
  onFileChange: (callback: () => void) => void,
): Granted {
  const capabilities: { -readonly [C in Capability]?: CapabilityMap[C] } = {};
  const owned = new DisposableStack();
  for (const need of needs) {
    switch (need) {
      case "users":
        capabilities.users = narrow("users", shared);
        break;
      case "rooms":
        capabilities.rooms = narrow("rooms", shared);
        break;
      case "processes":
        capabilities.processes = narrow("processes", shared);
        break;
      case "storage":
        capabilities.storage = owned.use(createStorage(dataDir, plugin));
        break;
      case "files":
        capabilities.files = guardFiles(owned.use(createFiles(directory)), onFileChange);
        break;
    }
  }
  return { capabilities, [Symbol.dispose]: () => owned.dispose() };
}

/** Only what the interface names, and each method in the hub's context: what it starts is not the plugin's fault. */
function narrow<Name extends SharedName>(name: Name, shared: SharedCapabilities): CapabilityMap[Name] {
  const target = shared[name] as unknown as Record<string, (...values: unknown[]) => unknown>;
  const methods = Object.keys(sharedMethods[name]).map((method) => {
    const call = target[method]!.bind(target);
    return [method, (...values: unknown[]) => leave(call, ...values)];
  });
  return Object.freeze(Object.fromEntries(methods)) as CapabilityMap[Name];
}

function guardFiles(files: Files, onFileChange: (callback: () => void) => void): Files {
  return {
    resolve: (path) => files.resolve(path),
    watch: (path, onChange) => files.watch(path, () => onFileChange(onChange)),
  };
}
