import type { Capability, CapabilityMap, Processes, Rooms, Users } from "@palaver/plugin-api";
import { createFiles } from "../capabilities/files.ts";
import { createStorage } from "../capabilities/storage.ts";
import type { Config } from "../config/config.ts";

/** What all plugins share. */
export interface SharedCapabilities {
  readonly users: Users;
  readonly rooms: Rooms;
  readonly processes: Processes;
}

/** Makes the capabilities one plugin was granted; those of its own go with `dispose`. */
export function createCapabilities(
  needs: readonly Capability[],
  plugin: string,
  config: Config,
  shared: SharedCapabilities,
): { readonly granted: Partial<CapabilityMap>; dispose(): void } {
  const granted: { -readonly [C in Capability]?: CapabilityMap[C] } = {};
  const owned = new DisposableStack();
  for (const need of needs) {
    switch (need) {
      case "users":
        granted.users = shared.users;
        break;
      case "rooms":
        granted.rooms = shared.rooms;
        break;
      case "processes":
        granted.processes = shared.processes;
        break;
      case "storage":
        granted.storage = owned.use(createStorage(config.dataDir, plugin));
        break;
      case "files":
        granted.files = owned.use(createFiles(config.directory));
        break;
    }
  }
  return { granted, dispose: () => owned.dispose() };
}
