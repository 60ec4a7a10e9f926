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
  const hand = (presses: readonly KeyPress[]) => presses.forEach(onPress);
  const onData = (chunk: string) => {
    clearTimeout(timer);
    hand(parser.push(chunk));
    if (parser.isWaiting) timer = setTimeout(() => hand(parser.flush()), SEQUENCE_WAIT_MS);
  };
  return {
    start() {
      stdin.setEncoding("utf8");
      stdin.setRawMode(true);
      stdin.on("data", onData);
      stdin.resume();
    },
    stop() {
      clearTimeout(timer);
      stdin.off("data", onData);
      stdin.pause();
      stdin.setRawMode(false);
    },
  };
}
