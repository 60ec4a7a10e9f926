import type { Connection } from "@palaver/client";
import type { HubOptions } from "../arguments/invocation.ts";

/** How a mode comes by its connection. */
export type OpenConnection = (
  hub: HubOptions,
  /** The hub was never met before; its key is trusted from now on. */
  onFirstMeeting: (fingerprint: string) => void,
) => Connection;
