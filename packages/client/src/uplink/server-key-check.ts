import { HubError } from "../connection.ts";
import { problem } from "../hub-error.ts";
import type { KnownHosts } from "../keys/known-hosts.ts";

/** Trusts a hub's key on first use, and no other afterwards. */
export interface ServerKeyCheck {
  /** Asked before anything but a HELLO is sent. */
  accept(key: Uint8Array): boolean;
  /** The hub has proven that it holds the key. Throws AUTH when another one was stored in the meantime. */
  confirm(key: Uint8Array): void;
  /** Why `accept` said no. */
  readonly error: HubError | undefined;
}

export interface ServerKeyCheckOptions {
  readonly knownHosts: KnownHosts;
  readonly hostPort: string;
  onFirstUse(key: Uint8Array): void;
  /** The key was accepted, but cannot be kept. */
  onUnkept(error: HubError): void;
}

export function createServerKeyCheck(options: ServerKeyCheckOptions): ServerKeyCheck {
  const { knownHosts, hostPort } = options;
  let error: HubError | undefined;
  /** A key that was used and not kept still holds for this connection. */
  let accepted: Uint8Array | undefined;

  function check(key: Uint8Array): "known" | "new" | "wrong" {
    try {
      const known = knownHosts.find(hostPort);
      const expected = known?.key ?? accepted;
      if (!expected) return "new";
      if (Buffer.compare(expected, key) === 0) return "known";
      const { file } = knownHosts;
      const since = known?.since || undefined;
      error = problem("AUTH", "wrongKey", hostPort, { since, line: known?.line, file });
    } catch (cause) {
      error = new HubError("AUTH", (cause as Error).message, { cause });
    }
    return "wrong";
  }

  return {
    get error() {
      return error;
    },
    accept: (key) => check(key) !== "wrong",
    confirm(key) {
      const found = check(key);
      if (found === "wrong") throw error as HubError;
      if (found === "known") return;
      accepted = key.slice();
      try {
        knownHosts.remember(hostPort, key);
      } catch (cause) {
        options.onUnkept(problem("UNKEPT", "keyNotKept", (cause as Error).message));
      }
      options.onFirstUse(key);
    },
  };
}
