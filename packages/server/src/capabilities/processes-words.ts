import type { Socket } from "node:net";

/**
 * What a shell does that was started ahead: it reads how many words come, and then each on a line of its own, which
 * become its parameters; and ends when the hub does. `read -r` without IFS changes nothing in them.
 */
export function awaitWords(descriptor: number): string {
  return (
    `{ IFS= read -r PALAVER_COUNT && while [ $# -lt "$PALAVER_COUNT" ] && IFS= read -r PALAVER_WORD; ` +
    `do set -- "$@" "$PALAVER_WORD"; done && [ $# -eq "$PALAVER_COUNT" ]; } <&${descriptor} || exit 125; ` +
    `exec ${descriptor}<&-; `
  );
}

/**
 * What it does that has its words: it goes on at a line's end. Any other variable could be one of the program's; this one
 * is taken away before.
 */
export function awaitStart(descriptor: number): string {
  return `IFS= read -r OLDPWD <&${descriptor} || exit 125; exec ${descriptor}<&-; `;
}

/**
 * What the first process in a sandbox does before. A hub that is killed while bubblewrap is at work takes nothing of the
 * sandbox with it: `--die-with-parent` holds only when that is done. So it says that it is there, and what it waits for
 * is told to it only then.
 */
export function sayThere(descriptor: number): string {
  return `echo >&${descriptor}; `;
}

/** What tells a shell its words, or to go on. */
export interface Teller {
  tell(text: string): void;
  /** What it was not told yet it never is, and it ends. False when it was told. */
  tryWithdraw(): boolean;
}

/** @param saysThere see `sayThere` */
export function createTeller(words: Socket, saysThere: boolean): Teller {
  words.on("error", () => {});
  const isThere = saysThere ? new Promise<void>((resolve) => words.once("data", () => resolve())) : undefined;
  let isTold = false;
  const tellNow = (text: string): void => {
    if (words.destroyed) return;
    isTold = true;
    words.end(text);
  };
  return {
    tell(text) {
      if (isThere) void isThere.then(() => tellNow(text));
      else tellNow(text);
    },
    tryWithdraw() {
      if (!isTold) words.destroy();
      return !isTold;
    },
  };
}
