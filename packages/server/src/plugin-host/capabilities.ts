import type { Capability, CapabilityMap, Files } from "@palaver/plugin-api";
import type { BeforeSend } from "../capabilities/before-send.ts";
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
  /** Absent where several threads send. */
  readonly beforeSend?: BeforeSend | undefined;
}

/** How callbacks of the plugin's are run. */
export interface RunCallbacks {
  fileChanged(callback: () => void): void;
  beforeSend(act: () => void): void;
}

export interface Granted extends Disposable {
  readonly capabilities: Partial<CapabilityMap>;
}

/** Makes the capabilities that one plugin was granted; those of its own go when they are disposed. */
export function createCapabilities(
  needs: readonly Capability[],
  { plugin, dataDir, directory, beforeSend }: CapabilityPlaces,
  shared: SharedCapabilities,
  run: RunCallbacks,
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
        capabilities.storage = owned.use(
          createStorage(dataDir, plugin, (act) => run.beforeSend(act), beforeSend),
        );
        break;
      case "files":
        capabilities.files = guardFiles(owned.use(createFiles(directory)), run);
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

function guardFiles(files: Files, run: RunCallbacks): Files {
  return {
    resolve: (path) => files.resolve(path),
    watch: (path, onChange) => files.watch(path, () => run.fileChanged(onChange)),
  };
}
