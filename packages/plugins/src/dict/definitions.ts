import type { Definition } from "./entry.ts";

const partOfSpeech = /^((?:[a-z]{1,8}\.)(?:\s*[&/,]\s*[a-z]{1,8}\.)*|\[[^\]]{1,20}\])\s*(.+)$/u;

/** Splits a translation at its line breaks (also written `\n`) and takes part of speech or subject off each line. */
export function parseDefinitions(translation: string): Definition[] {
  return translation.split(/\\r\\n|\\n|\\r|\n/u).flatMap((line) => {
    const text = line.replaceAll("\\\\", "\\").trim();
    if (text === "") return [];
    const match = partOfSpeech.exec(text);
    return match?.[1] && match[2] ? [{ pos: match[1], text: match[2] }] : [{ text }];
  });
}
