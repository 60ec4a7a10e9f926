import { grownCreditBytes, type SessionLimits } from "./limits.ts";
import { ReceiveStream } from "./receive-stream.ts";
import { SendStream } from "./send-stream.ts";

/** Both halves of a stream and what the table has to remember of it. */
export class Stream {
  readonly send: SendStream;
  readonly receive: ReceiveStream;
  readonly kindIndex: number;
  readonly isLocal: boolean;
  /** Counts against the opener's limit. */
  isCounted = true;
  /** New credit, or a RESET, waits to be said. */
  isCreditDue = false;
  isResetDue = false;

  constructor(id: number, kindIndex: number, isLocal: boolean, local: SessionLimits, remote: SessionLimits) {
    this.send = new SendStream(id, remote.streamCreditBytes);
    this.receive = new ReceiveStream(local.streamCreditBytes, grownCreditBytes(local));
    this.kindIndex = kindIndex;
    this.isLocal = isLocal;
  }
}
