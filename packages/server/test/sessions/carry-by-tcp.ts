import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { createRecordSplitter, encodeFrameRecord, encodeRoomStream, type Session } from "@palaver/protocol";

/** Drives a session over a TCP connection from now on. */
export async function carryByTcp(session: Session, tcpPort: number) {
  const socket = connect(tcpPort, "127.0.0.1");
  await once(socket, "connect");
  const splitter = createRecordSplitter();
  let timer: NodeJS.Timeout | undefined;
  const poll = () => {
    clearTimeout(timer);
    for (const { bytes } of session.poll(performance.now())) socket.write(encodeFrameRecord(bytes));
    const at = session.nextTimeout();
    if (at !== undefined) timer = setTimeout(poll, Math.max(0, at - performance.now()));
  };
  socket.on("data", (chunk: Buffer) => {
    splitter.push(chunk);
    for (let record = splitter.next(); record; record = splitter.next())
      session.receive(record.bytes, "hub", performance.now());
    poll();
  });
  return {
    socket,
    poll,
    say(stream: number, text: string) {
      session.write(stream, encodeRoomStream({ type: "say", id: randomBytes(16), kind: "say", text }));
      poll();
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      socket.destroy();
    },
  };
}
