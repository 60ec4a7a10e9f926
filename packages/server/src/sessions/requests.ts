import { Refusal } from "@palaver/plugin-api";
import {
  createRecordDecoder,
  decodeRequestStream,
  isOutput,
  MAX_INPUT_BYTES,
  type RecordDecoder,
  type RequestMessage,
} from "@palaver/protocol";
import type { CallSet } from "../invoke.ts";
import { AnswerReceipts } from "./answer-receipts.ts";
import { endWith, expired, type CallRecord } from "./call-record.ts";
import { InputStream } from "./input-stream.ts";
import type { SessionContext, SessionPeer } from "./session-peer.ts";
import { StreamWriter } from "./stream-writer.ts";

/** Said to who asks more than a session may: 200 messages a second, 1200 at once. */
export const tooFast = "You ask too much at once; wait a second, and ask again.";

// Input in tiny pieces would take a hundred times its size here.
const maxInputRecords = 64;

interface Asked {
  readonly decoder: RecordDecoder;
  readonly writer: StreamWriter;
  record: CallRecord | undefined;
  /** What came before the request, at most 64 KiB. */
  readonly input: Uint8Array[];
  /** What comes behind the request, where its command reads that. */
  stream: InputStream | undefined;
  /** The client has said all it will. */
  isAsked: boolean;
  /** The session has all of the answer. */
  isAnswered: boolean;
}

/** The requests of one session, each on a stream of its own; the session's limit of streams is theirs. */
export class Requests {
  readonly #peer: SessionPeer;
  readonly #context: SessionContext;
  readonly #asked = new Map<number, Asked>();
  /** Answers that carry a receipt and are with the session, until they are acknowledged. */
  readonly #receipts: AnswerReceipts;
  #underWay = 0;

  constructor(peer: SessionPeer, context: SessionContext) {
    this.#peer = peer;
    this.#context = context;
    this.#receipts = new AnswerReceipts(peer.session);
  }

  onData(stream: number, bytes: Uint8Array): void {
    const asked = this.#asked.get(stream) ?? this.#open(stream);
    for (const record of asked.decoder.push(bytes)) {
      const message = decodeRequestStream(record);
      if (message?.type === "in") this.#onInput(asked, message.bytes);
      else if (message?.type === "request" && !asked.record) this.#onRequest(stream, asked, message);
    }
    // All but a stream of input is dealt with at once, so its credit goes straight back.
    if (asked.stream) asked.stream.arrived(bytes.length);
    else this.#peer.session.consume(stream, bytes.length);
  }

  /** The client has said all on this stream. */
  onFinish(stream: number): void {
    const asked = this.#asked.get(stream) ?? this.#open(stream);
    asked.isAsked = true;
    asked.stream?.finish();
    // An end without a request gets an end.
    if (!asked.record && !asked.isAnswered) asked.writer.finish();
    this.#settle(stream, asked);
  }

  /** The client gave up: the call ends unless somebody else reads along. */
  onReset(stream: number): void {
    const asked = this.#asked.get(stream);
    this.#asked.delete(stream);
    this.#receipts.forget(stream);
    asked?.stream?.break();
    asked?.record?.unfollow(asked.writer);
  }

  /** The client has the first `bytes` of an answer. */
  onAcked(stream: number, bytes: number): void {
    const receipt = this.#receipts.take(stream, bytes);
    if (receipt !== undefined) this.#context.received(this.#peer.caller, receipt);
  }

  onWritable(stream: number): void {
    this.#asked.get(stream)?.writer.onWritable();
  }

  /** The session is over: a call goes on, so that a retry on the user's next session finds it, but not for long. */
  closed(): void {
    for (const { record, writer, stream } of this.#asked.values()) {
      stream?.break();
      record?.abandon(writer);
    }
    this.#asked.clear();
  }

  #open(stream: number): Asked {
    const writer = new StreamWriter(this.#peer.session, stream, () => {
      asked.isAnswered = true;
      asked.stream?.discard();
      if (asked.record?.receipt !== undefined) this.#receipts.add(writer, asked.record);
      this.#settle(stream, asked);
    });
    const asked: Asked = {
      // Before its request, input is counted by records.
      decoder: createRecordDecoder((type, size) => asked.stream !== undefined && isOutput(type, size)),
      writer,
      record: undefined,
      input: [],
      stream: undefined,
      isAsked: false,
      isAnswered: false,
    };
    this.#asked.set(stream, asked);
    return asked;
  }

  /** A request that is over leaves nothing here, however long the session lasts. */
  #settle(stream: number, { isAsked, isAnswered }: Asked): void {
    if (isAsked && isAnswered) this.#asked.delete(stream);
  }

  #onInput({ input, record, stream }: Asked, bytes: Uint8Array): void {
    if (record) return stream?.push(bytes);
    input.push(bytes);
    const inputBytes = input.reduce((sum, { length }) => sum + length, 0);
    if (inputBytes > MAX_INPUT_BYTES || input.length > maxInputRecords) {
      this.#peer.session.close("TOO_LARGE", "more than 64 KiB or 64 pieces of input before a request");
    }
  }

  #onRequest(stream: number, asked: Asked, { id: bytes, command, argv }: RequestMessage): void {
    const { book, identities, registry, route } = this.#context;
    const { caller } = this.#peer;
    if (this.#peer.isTooFast()) return endWith(asked.writer, "BUSY", tooFast);
    const user = caller.key ?? "";
    const id = Buffer.from(bytes).toString("hex");
    const known = book.find(user, id);
    if (known === "forgotten" || known?.isComplete === false)
      return endWith(asked.writer, "EXPIRED", expired);
    if (known) {
      asked.record = known;
      return known.follow(asked.writer);
    }
    const { changes, takesStream } = registry().find(command.toLowerCase())?.command ?? {};
    try {
      if (changes === true && !identities.journal(user, id, command))
        return endWith(asked.writer, "EXPIRED", expired);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return endWith(asked.writer, "BUSY", error.message);
    }
    const record = book.begin(user, id);
    if (!record)
      return endWith(asked.writer, "BUSY", "You have too many requests under way; wait for one to end.");
    asked.record = record;
    record.follow(asked.writer);
    // A retry finds its call, which has the input; it is let go here either way.
    const input = asked.input.length > 0 ? Buffer.concat(asked.input.splice(0)) : undefined;
    if (takesStream === true)
      asked.stream = new InputStream((count) => this.#peer.session.consume(stream, count));
    const words = { kind: "command", command, argv, id, input, stream: asked.stream } as const;
    route(words, { caller, calls: this.#callsOf(record) }, record);
  }

  /** A request's calls are its record's: they may outlive this session. They count against it all the same. */
  #callsOf({ calls }: CallRecord): CallSet {
    const size = () => this.#peer.calls.size + this.#underWay;
    return {
      get size() {
        return size();
      },
      add: (call) => {
        this.#underWay++;
        calls.add(call);
      },
      delete: (call) => {
        if (calls.delete(call)) this.#underWay--;
      },
    };
  }
}
