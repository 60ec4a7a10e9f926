import type { Connection } from "@palaver/client";
import type { HubOptions } from "../arguments/invocation.ts";

/** How a mode comes by its connection. */
export type OpenConnection = (
  hub: HubOptions,
  /** The hub was never met before; its key is trusted from now on. */
  onFirstMeeting: (fingerprint: string) => void,
) => Connection;

export function firstMeeting(address: string, fingerprint: string): string {
  return `first meeting with ${address}; its key is ${fingerprint}, and no other one will be accepted from now on`;
}
