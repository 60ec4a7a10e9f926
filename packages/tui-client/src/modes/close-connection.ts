import type { Connection } from "@palaver/client";

/** How long the goodbye to the hub may hold up the end of the process. */
const CLOSE_TIMEOUT_MS = 500;

/** Says goodbye, and waits for it only so long. */
export async function closeConnection(connection: Connection): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(timeout.resolve, CLOSE_TIMEOUT_MS);
  await Promise.race([connection.close().catch(() => {}), timeout.promise]);
  clearTimeout(timer);
}
