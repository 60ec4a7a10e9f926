import { fittingRows, Refusal, type Caller, type Reply } from "@palaver/plugin-api";
import {
  cleanText,
  CONTROL_STREAM_ID,
  type ControlMessage,
  createRecordDecoder,
  decodeControl,
  decodeRoomStream,
  encodeControl,
  fittingLength,
  MAX_COMMANDS,
  MAX_NOTICE_BYTES,
  MESSAGES_VERSION,
  PalaverError,
  type RecordDecoder,
  type Session,
  splitStreamId,
  type WireRecord,
} from "@palaver/protocol";
import type { Message } from "../router.ts";
import type { Registry } from "../registry.ts";
import type { Peer, Sink, Typing } from "../peers/peer.ts";
import { replyText } from "../peers/reply-text.ts";
import type { Identities } from "../users/identities.ts";
import type { Presence } from "../users/presence.ts";
import type { RoomLog } from "../users/room-log.ts";
import type { RoomDirectory } from "../users/rooms.ts";
import type { UserDirectory } from "../users/users.ts";
import type { CallBook } from "./call-book.ts";
import { joinedMembers } from "./joined-members.ts";
import { Receipts } from "./receipts.ts";
import { Requests, tooFast } from "./requests.ts";
import { RoomFeed } from "./room-feed.ts";
import { answerSaid, refuseSaid } from "./said.ts";
import { StreamWriter } from "./stream-writer.ts";
import { wireCodeOf } from "./wire-code.ts";

// Messages that somebody reads who comes into a room without saying what it has.
const defaultBacklog = 20;
// One for all who have none.
const noRoles: readonly string[] = [];

/** What the peers of all sessions share. */
export interface SessionContext {
  readonly hubName: string;
  readonly users: UserDirectory;
  readonly rooms: RoomDirectory;
  readonly identities: Identities;
  readonly book: CallBook;
  /** Takes one message of this session's allowance; false when it has none left. */
  mayAsk(sessionId: string): boolean;
  registry(): Registry;
  /** A client has acknowledged what was sent to it with this receipt. */
  received(user: Caller, receipt: string): void;
  now(): number;
  route(message: Message, from: Pick<Peer, "caller" | "calls">, sink: Sink): void;
}

/** A peer that speaks frames: the application's side of one session. */
export class SessionPeer implements Peer {
  readonly proven = true;
  readonly session: Session;
  readonly #context: SessionContext;
  #caller: Caller;
  #wantedNick: string | undefined;
  // What an idle session does not need is made when it is needed; ten thousand of them should cost little.
  #calls: Set<AbortController> | undefined;
  /** Of the control stream, as long as half a record or something to say waits. */
  #controlDecoder: RecordDecoder | undefined;
  #controlWriter: StreamWriter | undefined;
  #controlBytes = 0;
  /** Of what the client has not acknowledged yet. */
  #receipts: Receipts | undefined;
  #requests: Requests | undefined;
  // By room; made when the first one is entered.
  #feeds: Map<string, { readonly feed: RoomFeed; readonly decoder: RecordDecoder }> | undefined;
  /** Of rooms that were left while the client did not keep up: their streams end once it does. */
  #ending: Set<StreamWriter> | undefined;
  #since: Map<string, number> | undefined;
  /** Rooms and places in them of a user that fell silent, for when it wakes. */
  #asleep: Map<string, number> | undefined;

  constructor(session: Session, context: SessionContext) {
    this.session = session;
    this.#context = context;
    const key = Buffer.from(session.remoteKey).toString("base64url");
    this.#caller = {
      id: `session ${Buffer.from(session.localCid, "latin1").toString("hex")}`,
      nick: undefined,
      roles: context.identities.find(key)?.roles ?? noRoles,
      dialect: "session",
      address: plainAddress(session),
      key,
      online: false,
    };
  }

  get caller(): Caller {
    return this.#caller;
  }

  get calls(): Set<AbortController> {
    return (this.#calls ??= new Set());
  }

  get isAsleep(): boolean {
    return this.#asleep !== undefined;
  }

  setNick(nick: string | undefined): void {
    this.#caller = { ...this.#caller, nick, online: nick !== undefined };
    if (nick === undefined) return;
    // Who wakes up comes back under this name, not under the one it began with.
    this.#wantedNick = nick;
    this.#say({ type: "nick", nick });
  }

  /** Takes over what may have changed: roles that were granted, the address after a move. */
  refresh(): void {
    const roles = this.#context.identities.find(this.#caller.key ?? "")?.roles ?? noRoles;
    this.#caller = { ...this.#caller, roles, address: plainAddress(this.session) };
  }

  /** A longer text is several notices. */
  deliver(reply: Reply, receipt?: string): void {
    let rest = cleanText(replyText(reply), { newlines: true });
    do {
      const length = fittingLength(rest, MAX_NOTICE_BYTES);
      this.#say({ type: "notice", text: rest.slice(0, length) });
      rest = rest.slice(length);
    } while (rest !== "");
    if (receipt === undefined) return;
    (this.#receipts ??= new Receipts()).add(receipt, this.#controlBytes);
    this.session.awaitAck(CONTROL_STREAM_ID, this.#controlBytes);
  }

  settle(room: string): void {
    this.#feeds?.get(room)?.feed.settle();
  }

  typing({ room, nick }: Typing): void {
    this.#feeds?.get(room)?.feed.typing(nick);
  }

  /** A client that does not read its control stream misses who came and went; what it asked for waits. */
  presence({ record }: Presence): void {
    if (!this.#controlWriter) this.#write(record);
  }

  entered(room: string, log: RoomLog): void {
    const stream = this.session.open("room");
    if (stream === undefined)
      return this.#say({ type: "notice", room, text: `You are in too many rooms to hear #${room}.` });
    const latest = this.#history?.latest(room) ?? 0;
    const since = Math.min(this.#since?.get(room) ?? Math.max(0, latest - defaultBacklog), latest);
    const feed = new RoomFeed(new StreamWriter(this.session, stream), room, since, () => this.#history, log);
    this.#feeds ??= new Map();
    this.#feeds.set(room, { feed, decoder: createRecordDecoder() });
    this.#sayJoined(room, stream);
    feed.catchUp();
  }

  left(room: string): void {
    const entry = this.#feeds?.get(room);
    if (!entry) return;
    const { feed } = entry;
    feed.end();
    this.#asleep?.set(room, feed.sentSeq);
    if (!feed.writer.isReady) (this.#ending ??= new Set()).add(feed.writer);
    this.#feeds?.delete(room);
    if (!this.#asleep) this.#say({ type: "part", room });
  }

  /** The user fell silent: it goes offline, and its places in its rooms are kept. */
  sleep(reason: string): void {
    this.#asleep = new Map();
    this.#context.users.leave(this.#caller.id, reason);
  }

  /** The user is back: it comes into its rooms again, where it left off. */
  wake(): void {
    const places = this.#asleep ?? new Map<string, number>();
    this.#asleep = undefined;
    for (const [room, since] of places) this.#join(room, since);
    if (places.size > 0) return;
    // Who was in no room comes online all the same, and hears of what waits for it.
    try {
      this.#enter();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#say({ type: "notice", text: error.message });
    }
  }

  onData(stream: number, bytes: Uint8Array): void {
    try {
      if (splitStreamId(stream).kind === "request") return this.#requestsOf().onData(stream, bytes);
      // Every record is dealt with at once, so its credit goes straight back.
      this.session.consume(stream, bytes.length);
      if (stream === CONTROL_STREAM_ID) this.#onControlData(bytes);
      else this.#onRoomData(stream, bytes);
    } catch (error) {
      if (!(error instanceof PalaverError)) throw error;
      this.session.close(error.code, error.message);
    }
  }

  onFinish(stream: number): void {
    if (splitStreamId(stream).kind === "request") this.#requestsOf().onFinish(stream);
  }

  onReset(stream: number): void {
    this.#requests?.onReset(stream);
    for (const writer of this.#ending ?? []) if (writer.id === stream) this.#ending?.delete(writer);
  }

  /** The client has the first `bytes` of a stream. */
  onAcked(stream: number, bytes: number): void {
    if (stream !== CONTROL_STREAM_ID) return this.#requests?.onAcked(stream, bytes);
    if (!this.#receipts) return;
    const received = this.#receipts.take(bytes);
    if (this.#receipts.isEmpty) this.#receipts = undefined;
    for (const receipt of received) this.#context.received(this.#caller, receipt);
  }

  /** Every message of the client counts, whatever it is. */
  isTooFast(): boolean {
    return !this.#context.mayAsk(this.#caller.id);
  }

  onWritable(stream: number): void {
    if (stream === CONTROL_STREAM_ID) return this.#onControlWritable();
    this.#requests?.onWritable(stream);
    for (const { feed } of this.#feeds?.values() ?? [])
      if (feed.writer.id === stream) feed.writer.onWritable();
    for (const writer of this.#ending ?? []) {
      if (writer.id !== stream) continue;
      writer.onWritable();
      if (writer.isReady) this.#ending?.delete(writer);
    }
  }

  closed(reason: string): void {
    this.#asleep = undefined;
    for (const call of this.#calls ?? []) call.abort();
    this.#requests?.closed();
    this.#context.users.leave(this.#caller.id, reason);
  }

  get #history() {
    return this.#context.registry().history;
  }

  #requestsOf(): Requests {
    this.#requests ??= new Requests(this, this.#context);
    return this.#requests;
  }

  #onControlData(bytes: Uint8Array): void {
    const decoder = this.#controlDecoder ?? createRecordDecoder();
    for (const record of decoder.push(bytes)) this.#onControl(decodeControl(record));
    this.#controlDecoder = decoder.isAtBoundary ? undefined : decoder;
  }

  #onControl(message: ControlMessage | undefined): void {
    if (message && this.isTooFast())
      return this.#say({ type: "error", about: message.type, code: "BUSY", message: tooFast });
    if (message?.type === "hello") this.#welcome(message.nick);
    else if (message?.type === "join") this.#join(message.room, message.since);
    else if (message?.type === "part") this.#command("part", [`#${message.room}`], "part", message.room);
  }

  #welcome(wanted: string | undefined): void {
    const { identities, users, hubName } = this.#context;
    const known = identities.find(this.#caller.key ?? "")?.nick;
    const mayHave = wanted !== undefined && users.isFree(wanted, this.#caller);
    this.#wantedNick = mayHave ? wanted : known;
    const commands = this.#context
      .registry()
      .commands()
      .filter(({ command: { roles } }) => !roles || roles.some((role) => this.#caller.roles.includes(role)))
      .map(({ name, usage, command: { summary } }) => ({ name, usage, summary }));
    this.#say({
      type: "welcome",
      version: MESSAGES_VERSION,
      hub: hubName,
      nick: this.#wantedNick ?? "",
      roles: [...this.#caller.roles],
      // Of very many the help tells more than the table that a client completes from.
      commands: [...fittingRows(commands.slice(0, MAX_COMMANDS))],
    });
    // After the welcome: before it a client may still be trying other ways to the hub, and listens to none of them.
    if (wanted !== undefined && !mayHave) {
      this.#say({
        type: "notice",
        text: `The name ${wanted} is taken or not allowed; send /nick to choose another.`,
      });
    }
  }

  #join(room: string, since: number | undefined): void {
    try {
      if (!this.#caller.online) this.#enter();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.#sayError("join", room, error);
    }
    const feed = this.#feeds?.get(room)?.feed;
    if (feed) return this.#sayJoined(room, feed.writer.id);
    this.#since = since === undefined ? undefined : new Map([[room, since]]);
    this.#command("join", [room], "join", room);
    this.#since = undefined;
  }

  /** Comes online; a guest whose name went to another meanwhile gets a new one. */
  #enter(): void {
    const { users } = this.#context;
    const wanted = this.#wantedNick;
    const mayHave = wanted !== undefined && users.isFree(wanted, this.#caller);
    users.enter(this.#caller.id, mayHave ? wanted : undefined);
  }

  /** Runs a command whose answer is a control message, or the error here. */
  #command(command: string, argv: readonly string[], about: string, room: string): void {
    const sink: Sink = {
      reply: () => {},
      end: (refusal) => {
        if (refusal) this.#sayError(about, room, refusal);
        else if (about === "join" && !this.#feeds?.has(room)) {
          this.#sayError(about, room, {
            code: "INVALID",
            message: `#${room} is written otherwise here; see the list of rooms.`,
          });
        }
      },
    };
    this.#context.route({ kind: "command", command, argv, id: undefined }, this, sink);
  }

  #onRoomData(stream: number, bytes: Uint8Array): void {
    for (const [room, { feed, decoder }] of this.#feeds ?? []) {
      if (feed.writer.id !== stream) continue;
      for (const record of decoder.push(bytes)) this.#onSaid(room, feed, record);
      return;
    }
  }

  #onSaid(room: string, feed: RoomFeed, record: WireRecord): void {
    const said = decodeRoomStream(record);
    if (said?.type === "typing") return this.#onTyping(room, feed);
    if (said?.type !== "say" && said?.type !== "act") return;
    if (this.isTooFast()) return refuseSaid(said, feed, tooFast);
    answerSaid(room, said, feed, (message, sink) => this.#context.route(message, this, sink));
  }

  /** It is no more than a courtesy: what comes too often is not answered. */
  #onTyping(room: string, feed: RoomFeed): void {
    if (this.isTooFast() || !feed.mayType(this.#context.now())) return;
    this.#context.rooms.typing(room, this.#caller.id);
  }

  #sayJoined(room: string, stream: number): void {
    const members = joinedMembers(this.#context.rooms.members(room).map(({ nick }) => nick ?? ""));
    this.#say({ type: "joined", room, stream, seq: this.#history?.latest(room) ?? 0, members });
  }

  #sayError(about: string, room: string, { code, message }: { code: string; message: string }): void {
    const clean = cleanText(message);
    const text = clean.slice(0, fittingLength(clean, MAX_NOTICE_BYTES));
    this.#say({ type: "error", about, room, code: wireCodeOf(code), message: text });
  }

  #say(message: ControlMessage): void {
    this.#write(encodeControl(message));
  }

  #write(record: Uint8Array): void {
    const writer = this.#controlWriter ?? new StreamWriter(this.session, CONTROL_STREAM_ID);
    writer.write(record);
    this.#controlBytes += record.length;
    this.#controlWriter = writer.isReady ? undefined : writer;
  }

  #onControlWritable(): void {
    this.#controlWriter?.onWritable();
    if (this.#controlWriter?.isReady === true) this.#controlWriter = undefined;
  }
}

/** Without the mark of the transport behind it. */
function plainAddress({ address }: Session): string {
  return address.slice(0, address.lastIndexOf("#"));
}
