import { type KeyParser, createKeyParser } from "./key-parser.ts";
import type { KeyPress } from "./keys.ts";

/** How long the rest of a sequence may take: over a slow line it comes in pieces, and Escape alone is a key too. */
const SEQUENCE_WAIT_MS = 50;

/** The keyboard: raw, and read by us rather than by Ink, which knows no function keys, focus, or Enter inside a chunk. */
export interface Input {
  start(): void;
  /** Gives the keyboard back: for the end, or for another program. */
  stop(): void;
}

export function createInput(
  stdin: NodeJS.ReadStream,
  onPress: (press: KeyPress) => void,
  parser: KeyParser = createKeyParser(),
): Input {
  let timer: NodeJS.Timeout | undefined;
  /** What was typed before the terminal was raw waits to be read: each Enter in it is a line feed. */
  let holdsTypedAhead = false;
  const hand = (presses: readonly KeyPress[]) => presses.forEach(onPress);
  const onData = (chunk: string) => {
    clearTimeout(timer);
    hand(parser.push(holdsTypedAhead ? chunk.replaceAll("\n", "\r") : chunk));
    if (parser.isWaiting) timer = setTimeout(() => hand(parser.flush()), SEQUENCE_WAIT_MS);
  };
  return {
    start() {
      stdin.setEncoding("utf8");
      stdin.setRawMode(true);
      stdin.on("data", onData);
      stdin.resume();
      holdsTypedAhead = true;
      // The loop reads what waits before the second of these, wherever in its turn it is now.
      setImmediate(() => setImmediate(() => (holdsTypedAhead = false)));
    },
    stop() {
      clearTimeout(timer);
      stdin.off("data", onData);
      stdin.pause();
      stdin.setRawMode(false);
    },
  };
}
