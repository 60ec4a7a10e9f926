import { join } from "node:path";
import { connect, defaultConfigDir, publicKeyOf, type Connection } from "@palaver/client";
import type { HubOptions } from "./arguments/invocation.ts";

/**
 * Opens the connection every mode works on; it goes on trying until it is closed.
 * @param onFirstMeeting gets the fingerprint of a hub that was never met before, for people to compare.
 */
export function openConnection(
  { address, nick, identityFile }: HubOptions,
  onFirstMeeting: (fingerprint: string) => void,
): Connection {
  return connect({
    ...address,
    ...(nick !== undefined && { nick }),
    ...(identityFile !== undefined && { identityFile }),
    configDir: defaultConfigDir(),
    client: "palaver",
    onFingerprint: onFirstMeeting,
  });
}

/** The own public key, as an operator writes it into the hub's configuration. */
export async function readPublicKey(identityFile = join(defaultConfigDir(), "identity")): Promise<string> {
  return publicKeyOf(identityFile);
}
