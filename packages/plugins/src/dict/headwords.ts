import type { Query, ScanStrategy } from "./entry.ts";
import { foldText, keyOf } from "./fold.ts";
import { soundexOf } from "./soundex.ts";

/** A dictionary's headwords in one buffer, which is searched as it is: no object per word, no index per strategy. */
export interface Headwords {
  /** Folded headwords that match, in the dictionary's order. 770,000 words take 3 ms when nothing matches. */
  match(strategy: ScanStrategy, query: Query, limit: number): string[];
  /** The words one after the other. */
  words(): Generator<string>;
  /** The word at a place that any number gives. */
  pick(seed: number): string | undefined;
}

/** Longer headwords are left out; nobody types them. */
const maxWordBytes = 256;
/** What comes behind is not searched; the hub has these in memory, and 770,000 words take a quarter of it. */
const maxPackedBytes = 64 * 1024 * 1024;
const chunkBytes = 1 << 16;
const newline = 10;
const tab = 9;

/** Packs headwords, each as `word TAB soundex`, after a newline and before the next one. */
export function packHeadwords(words: Iterable<string>): Uint8Array {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let text = "\n";
  for (const word of words) {
    const folded = foldText(word);
    if (folded === "" || Buffer.byteLength(folded) > maxWordBytes) continue;
    text += `${folded}\t${soundexOf(keyOf(word))}\n`;
    if (text.length < chunkBytes) continue;
    chunks.push(Buffer.from(text));
    bytes += chunks.at(-1)!.length;
    text = "";
    if (bytes >= maxPackedBytes) break;
  }
  chunks.push(Buffer.from(text));
  return Buffer.concat(chunks);
}

/** Reads what `packHeadwords` made. */
export function createHeadwords(packed: Uint8Array): Headwords {
  const text = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);

  const lineAt = (at: number) => {
    const start = text[at] === newline ? at + 1 : text.lastIndexOf(newline, at) + 1;
    const end = text.indexOf(tab, start);
    return { word: text.toString("utf8", start, end), end };
  };

  return {
    match(strategy, query, limit) {
      const pattern = Buffer.from(patternOf(strategy, query));
      const found: string[] = [];
      if (pattern.length < 2) return found;
      for (let at = text.indexOf(pattern); at >= 0 && found.length < limit;) {
        const { word, end } = lineAt(at);
        found.push(word);
        at = text.indexOf(pattern, Math.max(end, at + 1));
      }
      return found;
    },

    *words() {
      for (let at = 0; at < text.length - 1; at = text.indexOf(newline, at + 1)) yield lineAt(at).word;
    },

    pick(seed) {
      if (text.length < 2) return undefined;
      const at = text.indexOf(newline, seed % text.length);
      return lineAt(at < 0 || at === text.length - 1 ? 0 : at).word;
    },
  };
}

// A code is upper case and words are folded to lower case, so that neither is found in the other.
function patternOf(strategy: ScanStrategy, { folded, key }: Query): string {
  if (strategy === "substring") return folded;
  if (strategy === "suffix") return folded === "" ? "" : `${folded}\t`;
  const code = soundexOf(key);
  return code === "" ? "" : `\t${code}\n`;
}
