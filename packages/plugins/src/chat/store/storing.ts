import { Refusal } from "@palaver/plugin-api";
import type { Chat } from "../chat.ts";

/**
 * Runs a write that the caller waits for, or refuses; when the disk is full or the file is locked, the caller is told so.
 * @param mayWait it is committed with others, before the caller is told.
 */
export function store<T>(chat: Chat, write: () => T, mayWait = false): T {
  try {
    chat.commit.begin(mayWait);
    return write();
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    chat.log.error("the chat's database took no write", { err: cause });
    throw new Refusal(
      "The hub could not store this, so nobody has got it. Its disk may be full; tell the operator, try again later.",
      "BUSY",
      { cause },
    );
  }
}

/** Runs a write without which coming, going and listening still work; a failure is only logged. */
export function tryStore(chat: Chat, write: () => void): void {
  try {
    write();
  } catch (error) {
    chat.log.warn("the chat's database took no write", { err: error });
  }
}
