import type { Program } from "../programs/program.ts";

/**
 * What a shell does that was started ahead: it says that it is there, reads how many words come, and then each on a line
 * of its own, which become its parameters; and ends when the hub does. `read -r` without IFS changes nothing in them.
 */
export function awaitWords(descriptor: number): string {
  return (
    `echo >&${descriptor}; { IFS= read -r PALAVER_COUNT && while [ $# -lt "$PALAVER_COUNT" ] && IFS= read -r PALAVER_WORD; ` +
    `do set -- "$@" "$PALAVER_WORD"; done && [ $# -eq "$PALAVER_COUNT" ]; } <&${descriptor} || exit 125; ` +
    `exec ${descriptor}<&-; `
  );
}

/** The same with words that it has already: it goes on when it is told to. */
export function awaitStart(descriptor: number): string {
  return `echo >&${descriptor}; IFS= read -r PALAVER_START <&${descriptor} || exit 125; exec ${descriptor}<&-; `;
}

/**
 * What is told to a shell by the last of its descriptors reaches it only after it has said that it is there: a hub that is
 * killed while bubblewrap is at work takes nothing of the sandbox with it, since `--die-with-parent` holds only when
 * that is done. Nothing that was told to a shell goes on without the hub, so.
 */
export function toldWhenThere({ ends }: Program): (text: string) => void {
  const end = ends.at(-1);
  const isThere = new Promise<void>((resolve) => end?.once("data", () => resolve()));
  end?.on("error", () => {});
  return (text) => void isThere.then(() => end?.end(text));
}
