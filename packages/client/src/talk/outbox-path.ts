import { keyPairFrom } from "@palaver/protocol";
import { join } from "node:path";

/** Where a user's outbox for one hub lies: a file for each of both, so that nobody's words are sent as another's. */
export function outboxPath(configDir: string, hostPort: string, identity: Uint8Array): string {
  const user = Buffer.from(keyPairFrom(identity).publicKey).toString("hex", 0, 8);
  return join(configDir, "outbox", `${hostPort.replace(/[^a-z0-9.-]+/g, "_")}_${user}.jsonl`);
}
