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

/** What it does that has its words: it goes on at a line's end. */
export function awaitStart(descriptor: number): string {
  return `IFS= read -r PALAVER_START <&${descriptor} || exit 125; exec ${descriptor}<&-; `;
}

/**
 * What the first process in a sandbox does before. A hub that is killed while bubblewrap is at work takes nothing of the
 * sandbox with it: `--die-with-parent` holds only when that is done. So it says that it is there, and what it waits for
 * is told to it only then.
 */
export function sayThere(descriptor: number): string {
  return `echo >&${descriptor}; `;
}

/** @param saysThere see `sayThere` */
export function createTeller(words: Socket, saysThere: boolean): (text: string) => void {
  words.on("error", () => {});
  if (!saysThere) return (text) => void words.end(text);
  const isThere = new Promise<void>((resolve) => words.once("data", () => resolve()));
  return (text) => void isThere.then(() => words.end(text));
}
