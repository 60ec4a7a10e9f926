import { createRecordSplitter, type StreamRecord } from "@palaver/protocol";
import type { TextConnection, TextPeers } from "./peers/text-peers.ts";
import type { Carriers } from "./sessions/carriers.ts";
import type { Sessions } from "./sessions/sessions.ts";
import type { Connection, ConnectionHandler } from "./transport/tcp.ts";
import type { Transport } from "./transport/transport.ts";

/** Both dialects on one TCP connection: lines go to a text peer, frames to the sessions. */
export function handleConnection(
  connection: Connection,
  transport: Transport,
  { textPeers, sessions, carriers }: { textPeers: TextPeers; sessions: Sessions; carriers: Carriers },
): ConnectionHandler {
  const splitter = createRecordSplitter();
  let text: TextConnection | undefined;
  let address: string | undefined;
  const handle = ({ dialect, bytes }: StreamRecord) => {
    if (dialect === "frame") {
      address ??= carriers.add(connection);
      sessions.receive(bytes, address);
    } else {
      text ??= textPeers.connect(connection, transport);
      text.receive(bytes);
    }
  };
  return {
    receive(bytes) {
      splitter.push(bytes).forEach(handle);
    },
    ended() {
      splitter.end().forEach(handle);
      if (text) text.ended();
      else connection.end();
    },
    closed() {
      if (address !== undefined) carriers.remove(address);
      text?.closed();
    },
  };
}
