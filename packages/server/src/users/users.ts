import { Refusal, type Caller, type Reply, type Users } from "@palaver/plugin-api";
import { checkedReceipt, checkedReply } from "@palaver/plugin-api/host";
import { cleanText } from "@palaver/protocol";
import type { Peer } from "../peers/peer.ts";
import type { Backplane } from "../workers/backplane.ts";
import type { Identities } from "./identities.ts";
import { nicknameKey, parseNickname } from "./nickname.ts";

// Why somebody left; the room reads it.
const maxReasonChars = 250;

export interface UserDirectoryOptions {
  maxUsers(): number;
  /** The peer with this id, if the hub knows one and its address is proven. */
  findPeer(id: string): Peer | undefined;
  readonly identities: Identities;
  /** Why nobody new may come in now. */
  refusal(): string | undefined;
  online(user: Caller): void;
  offline(user: Caller, reason: string): void;
  /** Where several workers share the users. */
  readonly shared?: Pick<Backplane, "presence" | "exclusively"> | undefined;
}

/** Who is online, and under which nickname. */
export class UserDirectory implements Users {
  readonly #options: UserDirectoryOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #idByName = new Map<string, string>();
  // Names that several clients of one user go by, or did: who leaves under another need not be looked for among all.
  readonly #sharedNames = new Set<string>();

  constructor(options: UserDirectoryOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#peers.size;
  }

  online(): readonly Caller[] {
    return Array.from(this.#peers.values(), (peer) => peer.caller);
  }

  find(nick: string): Caller | undefined {
    const id = this.#idByName.get(nicknameKey(nick.replace(/^~/, "")));
    return id === undefined ? undefined : this.#peers.get(id)?.caller;
  }

  /** The peer of a user who is online. */
  peer(userId: string): Peer | undefined {
    return this.#peers.get(userId);
  }

  /** Those whom this worker has. */
  *here(): Iterable<Caller> {
    for (const { caller, elsewhere } of this.#peers.values()) if (!elsewhere) yield caller;
  }

  enter(callerId: string, nick?: string): Caller {
    const { shared } = this.#options;
    const wasOnline = this.#peers.has(callerId);
    const peer = shared ? shared.exclusively(() => this.#enter(callerId, nick)) : this.#enter(callerId, nick);
    if (!wasOnline) this.#options.online(peer.caller);
    return peer.caller;
  }

  #enter(callerId: string, nick: string | undefined): Peer {
    const peer = this.#peers.get(callerId) ?? this.#options.findPeer(callerId);
    if (peer?.elsewhere) throw new Refusal("This user can't be given a name from here.", "FORBIDDEN");
    // A name of its own is known before anything else is: those users are let in.
    const isKnown = peer?.caller.key !== undefined && this.#options.identities.find(peer.caller.key);
    const refused = peer?.caller.online === true || isKnown ? undefined : this.#options.refusal();
    if (refused !== undefined) throw new Refusal(refused, "BUSY");
    if (!peer) throw new Refusal("This address is not proven yet.", "UNPROVEN");
    const before = peer.caller;
    if (!before.online && this.#peers.size >= this.#options.maxUsers()) {
      throw new Refusal("The hub is full; try again later.", "BUSY");
    }
    // Guests' `~` shows that nobody vouches for the name; it is no part of it.
    const name = nick === undefined ? this.#freeGuestName() : parseNickname(nick.replace(/^~/, ""));
    if (this.#isTaken(name, before))
      throw new Refusal(`The name ${name} is taken; choose another.`, "FORBIDDEN");
    // A client that comes back asks for the name it had, and a guest's stays a guest's.
    const isGuest = before.key === undefined || nick === undefined || nick.startsWith("~");
    if (before.key !== undefined && !isGuest) this.#options.identities.claim(before.key, name);
    peer.setNick(isGuest ? `~${name}` : name);
    this.heard(peer, before);
    this.#options.shared?.presence({ type: "here", user: peer.caller });
    return peer;
  }

  /** Somebody is online under the name that its peer has now. @param before what it was. */
  heard(peer: Peer, before: Caller | undefined): void {
    const { id, nick = "" } = peer.caller;
    const name = nicknameKey(nick.replace(/^~/, ""));
    if (before) this.#forgetName(before);
    if (this.#idByName.has(name)) this.#sharedNames.add(name);
    this.#idByName.set(name, id);
    this.#peers.set(id, peer);
  }

  /** Somebody of another worker is not online any more. */
  lost(userId: string): void {
    const user = this.#peers.get(userId)?.caller;
    this.#peers.delete(userId);
    if (user) this.#forgetName(user);
  }

  /** Roles may have changed: tells the other workers of the users of this one. */
  tellAll(): void {
    const { shared } = this.#options;
    if (shared) for (const user of this.here()) shared.presence({ type: "here", user });
  }

  leave(userId: string, reason: string): void {
    const peer = this.#peers.get(userId);
    if (!peer) return;
    const why = cleanText(reason).slice(0, maxReasonChars);
    if (peer.elsewhere) return peer.elsewhere.leave(why);
    const user = peer.caller;
    this.lost(userId);
    this.#options.offline(user, why);
    this.#options.shared?.presence({ type: "gone", id: userId });
    peer.setNick(undefined);
  }

  send(userId: string, reply: Reply, receipt?: string): boolean {
    const peer = this.#peers.get(userId);
    peer?.deliver(checkedReply(reply), checkedReceipt(receipt));
    return peer !== undefined;
  }

  keyOf(nick: string): string | undefined {
    return nick.startsWith("~") ? undefined : this.#options.identities.ownerOf(nick);
  }

  /** Whether a peer could take this name. */
  isFree(nick: string, caller: Caller): boolean {
    try {
      return !this.#isTaken(parseNickname(nick.replace(/^~/, "")), caller);
    } catch {
      return false;
    }
  }

  /** A name is taken by who is online under it and by the key it belongs to; a user's own clients share it. */
  #isTaken(name: string, caller: Caller): boolean {
    const holderId = this.#idByName.get(nicknameKey(name));
    const holder = holderId === undefined ? undefined : this.#peers.get(holderId)?.caller;
    if (holder && holder.id !== caller.id && (holder.key === undefined || holder.key !== caller.key))
      return true;
    const owner = this.#options.identities.ownerOf(name);
    return owner !== undefined && owner !== caller.key;
  }

  /** The name is free, unless another client of the same user goes by it. */
  #forgetName({ id, nick, key }: Caller): void {
    if (nick === undefined) return;
    const name = nicknameKey(nick.replace(/^~/, ""));
    if (this.#idByName.get(name) !== id) return;
    this.#idByName.delete(name);
    if (!this.#sharedNames.delete(name)) return;
    for (const { caller } of this.#peers.values()) {
      if (caller.id === id || caller.key !== key || caller.nick !== nick) continue;
      if (this.#idByName.has(name)) this.#sharedNames.add(name);
      this.#idByName.set(name, caller.id);
    }
  }

  #freeGuestName(): string {
    let number = this.#peers.size + 1;
    const isFree = (name: string) =>
      !this.#idByName.has(nicknameKey(name)) && this.#options.identities.ownerOf(name) === undefined;
    while (!isFree(`guest${number}`)) number++;
    return `guest${number}`;
  }
}
