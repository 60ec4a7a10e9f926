import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { SessionClient } from "../packages/server/test/sessions/session-client.ts";

/** The client is killed right behind this request: the hub hears it, and nothing it answers is ever acknowledged. */
export async function requestAndVanish(
  client: SessionClient,
  port: number,
  command: string,
  argv: readonly string[] = [],
): Promise<void> {
  client.vanish();
  client.request(command, argv);
  // The hub finds a session by its packets, wherever they come from.
  const socket = createSocket("udp4");
  for (const { bytes } of client.session.poll(performance.now())) {
    await new Promise<void>((resolve, reject) =>
      socket.send(bytes, port, "127.0.0.1", (error) => (error ? reject(error) : resolve())),
    );
  }
  const closed = once(socket, "close");
  socket.close();
  await closed;
}
