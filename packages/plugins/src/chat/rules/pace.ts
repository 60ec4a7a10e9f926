import { BlockList, isIPv6 } from "node:net";
import type { Caller } from "@palaver/plugin-api";
import { formatDuration } from "./duration.ts";

export interface FloodLimit {
  readonly messages: number;
  readonly windowMs: number;
  /** Networks whose people know no limit. */
  readonly exempt: readonly string[];
}

// People that the limits remember; the one that was silent longest is forgotten first, and has then rested anyway.
const maxRemembered = 20_000;

/** How fast people may talk. Kept in memory: after a reload everybody starts rested. */
export interface Pace {
  /**
   * Counts one message of a caller.
   * @param now of a clock that nobody sets.
   * @param slow the room's own pace, for messages and, apart from them, for edits.
   * @returns why it must wait, in words that say which limit, and when again; then it is not counted.
   */
  take(
    caller: Caller,
    now: number,
    slow?: { readonly room: string; readonly ms: number; readonly what: "message" | "edit" },
  ): string | undefined;
}

export function createPace({ messages, windowMs, exempt }: FloodLimit): Pace {
  const intervalMs = windowMs / messages;
  const isExempt = createNetworks(exempt);
  // When the last message is paid for, at one in an interval (GCRA); and the last words in slow rooms.
  const paidAt = new Map<string, number>();
  const saidAt = new Map<string, number>();

  return {
    take(caller, now, slow) {
      const who = caller.key ?? caller.id;
      const slowKey = slow && slow.ms > 0 ? `${slow.what} ${slow.room} ${who}` : undefined;
      if (slow && slowKey !== undefined) {
        const waitMs = (saidAt.get(slowKey) ?? -Infinity) + slow.ms - now;
        if (waitMs > 0 && waitMs <= slow.ms) {
          return `#${slow.room} is slow: one ${slow.what} every ${formatDuration(slow.ms)}. Yours may come in ${formatDuration(waitMs)}.`;
        }
      }
      if (!isExempt(caller)) {
        const paid = Math.max(now, Math.min(paidAt.get(who) ?? now, now + windowMs)) + intervalMs;
        const waitMs = paid - now - windowMs;
        if (waitMs > 1e-6) {
          return `You said ${messages} messages within ${formatDuration(windowMs)}, as many as one may. Wait ${formatDuration(waitMs)}, then say it again.`;
        }
        remember(paidAt, who, paid);
      }
      if (slowKey !== undefined) remember(saidAt, slowKey, now);
      return undefined;
    },
  };
}

function remember(times: Map<string, number>, who: string, time: number): void {
  times.delete(who);
  times.set(who, time);
  if (times.size > maxRemembered) times.delete(times.keys().next().value!);
}

/** Whether somebody is in one of the networks; looked up once, since it costs half of all that is asked of a message. */
function createNetworks(networks: readonly string[]): (caller: Caller) => boolean {
  const known = new WeakMap<Caller, boolean>();
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", length = ""] = network.split("/");
    list.addSubnet(address, Number(length), isIPv6(address) ? "ipv6" : "ipv4");
  }
  const isIn = ({ address }: Caller) => {
    const host = address.slice(0, address.lastIndexOf(":")).replaceAll(/[[\]]/g, "");
    return list.check(host, isIPv6(host) ? "ipv6" : "ipv4");
  };
  return (caller) => {
    let found = known.get(caller);
    if (found === undefined) known.set(caller, (found = isIn(caller)));
    return found;
  };
}
