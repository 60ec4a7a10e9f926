import {
  cleanText,
  createRecordDecoder,
  decodeRequestStream,
  encodeRequestStream,
  isOutput,
  MAX_INPUT_BYTES,
  PalaverError,
  type RecordDecoder,
  type ReplyMessage,
} from "@palaver/protocol";
import { HubError, type Run, type RunOptions, type RunPiece } from "../connection.ts";
import { refusal } from "../hub-error.ts";

/** A text waits so long for the data that may belong to it; they mostly come in one packet. */
const PAIR_WAIT_MS = 200;
const UNKNOWN_OUTCOME =
  "unknown outcome: the hub does not know any more whether the command ran; it was not run again";

interface QueuedPiece {
  readonly piece: RunPiece;
  /** Bytes of the stream that it holds back. */
  readonly bytes: number;
}

/** Where a call's replies come from in one session. */
interface Source {
  readonly stream: number;
  readonly decoder: RecordDecoder;
  /** Bytes that came and whose credit was not given back. */
  heldBytes: number;
  /** What came again and was passed on in an earlier session: bytes of output, and records of text and data. */
  skipOut: number;
  skipErr: number;
  skipRecords: number;
  consume(bytes: number): void;
}

/** One command: what it answers, from however many sessions, is one sequence of pieces. */
export class Call implements Run {
  readonly status: Promise<number>;
  readonly request: Uint8Array;
  /** What follows the request while the command runs. */
  readonly stream: AsyncIterable<Uint8Array> | undefined;
  /** It must not be asked again in another session. */
  readonly isOnce: boolean;
  readonly #settled = Promise.withResolvers<number>();
  readonly #queue: QueuedPiece[] = [];
  #queuedBytes = 0;
  #source: Source | undefined;
  #outBytes = 0;
  #errBytes = 0;
  #records = 0;
  #text: string | undefined;
  #textTimer: NodeJS.Timeout | undefined;
  #isEnded = false;
  #isDiscarding = false;
  #error: unknown;
  #wake: (() => void)[] = [];

  /**
   * @param id 16 random bytes. Throws TOO_LARGE or PROTOCOL (of the core) for what no hub takes.
   * @param options `input` stands before the request, so that the hub has it when the command starts
   */
  constructor(
    id: Uint8Array,
    command: string,
    argv: readonly string[],
    { input = new Uint8Array(0), stream, once = stream !== undefined }: Omit<RunOptions, "signal"> = {},
  ) {
    if (input.length > MAX_INPUT_BYTES) throw new PalaverError("TOO_LARGE", "the standard input is too long");
    const request = encodeRequestStream({ type: "request", id, command, argv });
    this.request = Buffer.concat([encodeRequestStream({ type: "in", bytes: input }), request]);
    this.stream = stream;
    this.isOnce = once;
    this.status = this.#settled.promise;
    // Whoever iterates hears of the failure there.
    this.status.catch(() => {});
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The stream it has in this session. */
  get streamId(): number | undefined {
    return this.#source?.stream;
  }

  /** Asked in a session; the hub answers from the start. */
  attach(stream: number, consume: (bytes: number) => void): void {
    this.#source = {
      stream,
      decoder: createRecordDecoder(isOutput),
      heldBytes: 0,
      skipOut: this.#outBytes,
      skipErr: this.#errBytes,
      skipRecords: this.#records,
      consume,
    };
  }

  /** The session is over; what was queued stays. */
  detach(): void {
    this.#source = undefined;
  }

  onData(bytes: Uint8Array): void {
    const source = this.#source;
    if (!source) return;
    source.heldBytes += bytes.length;
    for (const record of source.decoder.push(bytes)) {
      const reply = decodeRequestStream(record);
      if (reply && reply.type !== "request" && reply.type !== "in" && !this.#isEnded)
        this.#onReply(source, reply, record.body.length);
    }
    // Half a record more is here: what the text waits for may be in it.
    if (this.#text !== undefined) this.#waitForPair(source.decoder.isAtBoundary);
    this.#giveCredit();
  }

  /** Ends the call, well or not. */
  end(error: unknown, status = 0): void {
    if (this.#isEnded) return;
    this.#flushText();
    this.#isEnded = true;
    this.#error = error;
    if (error === undefined) this.#settled.resolve(status);
    else this.#settled.reject(error);
    this.#giveCredit();
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunPiece, void, undefined> {
    try {
      for (;;) {
        const next = this.#queue.shift();
        if (next) {
          this.#queuedBytes -= next.bytes;
          this.#giveCredit();
          yield next.piece;
        } else if (this.#isEnded) {
          if (this.#error !== undefined) throw this.#error;
          return;
        } else {
          await new Promise<void>((resolve) => this.#wake.push(resolve));
        }
      }
    } finally {
      // Nobody reads on: the rest must not hold the command up.
      this.#isDiscarding = true;
      this.#queue.length = this.#queuedBytes = 0;
      this.#giveCredit();
    }
  }

  #onReply(source: Source, reply: ReplyMessage, size: number): void {
    switch (reply.type) {
      case "out": {
        const bytes = reply.bytes.subarray(source.skipOut);
        source.skipOut -= reply.bytes.length - bytes.length;
        this.#outBytes += bytes.length;
        if (bytes.length > 0) this.#add({ type: "stdout", bytes }, bytes.length);
        return;
      }
      case "err": {
        const bytes = reply.bytes.subarray(source.skipErr);
        source.skipErr -= reply.bytes.length - bytes.length;
        this.#errBytes += bytes.length;
        if (bytes.length > 0) this.#add({ type: "stderr", bytes }, bytes.length);
        return;
      }
      case "text":
        if (!this.#isNewRecord(source)) return;
        this.#flushText();
        this.#text = cleanText(reply.text, { newlines: true });
        return;
      case "data": {
        if (!this.#isNewRecord(source)) return;
        const text = this.#text ?? "";
        this.#dropText();
        this.#add({ type: "text", text, data: reply.data }, size);
        return;
      }
      case "end": {
        const { status, code, message } = reply;
        if (code === "EXPIRED") this.end(new HubError(code, UNKNOWN_OUTCOME));
        else if (code !== undefined && code !== "NO_ERROR") this.end(refusal(code, message));
        else this.end(undefined, status);
      }
    }
  }

  #isNewRecord(source: Source): boolean {
    if (source.skipRecords > 0) {
      source.skipRecords--;
      return false;
    }
    this.#records++;
    return true;
  }

  #waitForPair(isAtBoundary: boolean): void {
    clearTimeout(this.#textTimer);
    if (isAtBoundary) this.#textTimer = setTimeout(() => this.#flushText(), PAIR_WAIT_MS);
  }

  #dropText(): void {
    clearTimeout(this.#textTimer);
    this.#text = undefined;
  }

  #flushText(): void {
    const text = this.#text;
    this.#dropText();
    if (text !== undefined) this.#add({ type: "text", text }, Buffer.byteLength(text));
  }

  #add(piece: RunPiece, bytes: number): void {
    if (piece.type !== "text") this.#flushText();
    if (this.#isDiscarding) return;
    this.#queue.push({ piece, bytes });
    this.#queuedBytes += bytes;
    this.#notify();
  }

  /** What is queued while the command runs stays charged, and stops the hub; all else may be sent again. */
  #giveCredit(): void {
    const source = this.#source;
    const held = this.#isEnded ? 0 : this.#queuedBytes;
    const free = source ? source.heldBytes - held : 0;
    if (!source || free <= 0) return;
    source.heldBytes -= free;
    source.consume(free);
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}
