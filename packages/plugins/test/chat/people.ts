import { createFakeHub, type FakeHub, type FakePeer, type PeerOptions } from "./fake-hub.ts";
import { createFolder } from "./folder.ts";

export interface SetUp extends AsyncDisposable {
  readonly hub: FakeHub;
  readonly plugin: Awaited<ReturnType<FakeHub["load"]>>;
  /** Somebody who is online: in a session under a name of its own. */
  enter(nick: string, options?: PeerOptions): FakePeer;
  /** A text peer. */
  guest(nick: string, address?: string): FakePeer;
}

export async function setUp(settings: Readonly<Record<string, unknown>> = {}): Promise<SetUp> {
  const hub = createFakeHub();
  const plugin = await hub.load(createFolder(), settings);
  const enter = (nick: string, options: PeerOptions) => {
    const peer = hub.peer(`peer-${nick}`, options);
    hub.call(peer, `online ${nick}`);
    return peer;
  };
  return {
    hub,
    plugin,
    enter: (nick, options = {}) => enter(nick, { key: `key-${nick}`, ...options }),
    guest: (nick, address = "127.0.0.1:5353") => enter(nick, { address }),
    [Symbol.asyncDispose]: () => plugin[Symbol.asyncDispose](),
  };
}

/** An owner, and somebody else, in a room of the owner's. */
export function makeRoom({ hub, enter }: SetUp): { ada: FakePeer; bob: FakePeer } {
  const ada = enter("ada");
  const bob = enter("bob");
  hub.call(ada, "join dev");
  hub.call(bob, "join dev");
  ada.heard.length = 0;
  bob.heard.length = 0;
  return { ada, bob };
}

/** What `history` answers, without numbers and times. */
export function historyOf(hub: FakeHub, peer: FakePeer, line = "history"): string {
  return hub.call(peer, line).text.replaceAll(/^\^\d+ \S+ \S+ /gm, "");
}

export const waitsForYou = "* You have a private message from while you were away. Send: /inbox";

/** What the inbox of a client gives out. */
export function inboxOf(hub: FakeHub, peer: FakePeer): string[] {
  const { messages } = hub.call(peer, "inbox").data as { messages: { text: string }[] };
  return messages.map(({ text }) => text);
}

/** Another client of bob's. */
export function comeAgain(hub: FakeHub, id: string): FakePeer {
  const peer = hub.peer(id, { key: "key-bob" });
  hub.call(peer, "online bob");
  return peer;
}
