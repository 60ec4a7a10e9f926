import type { RateLimit } from "@palaver/plugin-api/host";
import type { Connection } from "../transport/tcp.ts";
import type { TextPeer } from "./text-peer.ts";

// Answers under way of a connection that is online: who talks need not wait for a command. All others ask one thing
// after the other, as in a shell, and get the answers in that order.
const maxUnansweredOnline = 16;

/** A TCP connection that speaks text. Nothing on it is lost for coming too fast: what comes too fast is read later. */
export interface TextConnection {
  /** Whether the next line may come now. If not, `ready` is called when it may be so again. */
  mayAsk(): boolean;
  receive(line: Uint8Array): void;
  /** The other side will send nothing more. */
  ended(): void;
  closed(): void;
}

export interface TextConnectionOptions {
  readonly peer: TextPeer;
  readonly connection: Connection;
  /** What `takeToken` and `isWithinErrors` allow. */
  readonly limits: { readonly asked: RateLimit; readonly errors: RateLimit };
  /** Takes one line of the peer's rate; false when it has none left. */
  takeToken(): boolean;
  receive(line: Uint8Array): void;
  ready(): void;
  closed(): void;
}

export function createTextConnection(options: TextConnectionOptions): TextConnection {
  const { peer, connection, limits, takeToken, receive, ready, closed } = options;
  let hasToken = false;
  let pause: NodeJS.Timeout | undefined;
  const waitFor = ({ perSecond }: RateLimit) => {
    pause = setTimeout(() => {
      pause = undefined;
      ready();
    }, 1000 / perSecond);
  };
  return {
    mayAsk() {
      const isTalking = peer.caller.online && peer.mount === undefined;
      if (peer.unanswered >= (isTalking ? maxUnansweredOnline : 1)) {
        peer.whenAnswered(ready);
        return false;
      }
      if (pause !== undefined || !connection.isDrained) return false;
      hasToken ||= takeToken();
      if (!hasToken) waitFor(limits.asked);
      else if (peer.isTooWrong) waitFor(limits.errors);
      peer.isTooWrong = false;
      return pause === undefined;
    },
    receive(line) {
      hasToken = false;
      receive(line);
    },
    ended: () => peer.whenAllAnswered(() => connection.end()),
    closed() {
      clearTimeout(pause);
      closed();
    },
  };
}
