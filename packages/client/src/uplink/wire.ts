import {
  CONTROL_STREAM_ID,
  type ControlMessage,
  encodeControl,
  type Ownership,
  type Session,
} from "@palaver/protocol";

/** Bytes that wait for room in the session's buffer, and whether the stream ends behind them. */
interface Waiting {
  records: { bytes: Uint8Array; readonly ownership: Ownership }[];
  isFinished: boolean;
}

/**
 * The streams of one session as the application writes them: whole records, however little the session takes.
 *
 * A stream's owner stops while `isBlocked`; so what waits is one burst of each: a request, or a message.
 */
export interface Wire {
  say(message: ControlMessage): void;
  /** A new request stream; undefined while the hub allows no more. */
  openRequest(): number | undefined;
  /** @param record is kept as it is until the hub has it, and let go of then if it is given. */
  write(stream: number, record: Uint8Array, ownership?: Ownership): void;
  isBlocked(stream: number): boolean;
  finish(stream: number): void;
  reset(stream: number): void;
  consume(stream: number, bytes: number): void;
  /** Writes what waited and now has room. */
  flush(): void;
}

/** @param touch called after each change, so that somebody polls the session. */
export function createWire(session: Session, touch: () => void): Wire {
  const waiting = new Map<number, Waiting>();

  function write(stream: number, bytes: Uint8Array, ownership: Ownership = "shared"): void {
    const before = waiting.get(stream);
    if (before) {
      before.records.push({ bytes, ownership });
      return;
    }
    const accepted = session.write(stream, bytes, ownership);
    if (accepted < bytes.length)
      waiting.set(stream, { records: [{ bytes: bytes.subarray(accepted), ownership }], isFinished: false });
    touch();
  }

  function flushStream(stream: number, { records, isFinished }: Waiting): void {
    for (let record = records[0]; record; record = records[0]) {
      const accepted = session.write(stream, record.bytes, record.ownership);
      if (accepted > 0) touch();
      if (accepted < record.bytes.length) {
        record.bytes = record.bytes.subarray(accepted);
        return;
      }
      records.shift();
    }
    waiting.delete(stream);
    if (isFinished) session.finish(stream);
  }

  return {
    say: (message) => write(CONTROL_STREAM_ID, encodeControl(message)),
    openRequest: () => session.open("request"),
    write,
    isBlocked: (stream) => waiting.has(stream),
    finish(stream) {
      const before = waiting.get(stream);
      if (before) before.isFinished = true;
      else session.finish(stream);
      touch();
    },
    reset(stream) {
      waiting.delete(stream);
      session.reset(stream, "NO_ERROR");
      touch();
    },
    consume(stream, bytes) {
      session.consume(stream, bytes);
      touch();
    },
    flush() {
      for (const [stream, entry] of waiting) flushStream(stream, entry);
    },
  };
}
