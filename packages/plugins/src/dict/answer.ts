import type { StructuredReply } from "@palaver/plugin-api";
import type { Definition, Entry } from "./entry.ts";
import type { TextPart } from "./word-by-word.ts";

/** The first line is all that an unproven address may get: 160 bytes with its line end. */
const maxLineBytes = 150;
/** The whole text fits one datagram of 1000 bytes. */
const maxTextBytes = 900;
const maxQueryBytes = 48;
/** Of headword, variant and phonetics together; a damaged dictionary has longer ones. */
const maxHeadBytes = 120;
/** Of what is listed in the data, which has 64 KiB with the first entry. */
const maxDataBytes = 40_000;
/** In the first line; the others follow below. */
const maxCondensed = 3;

/** What programs read of an answer; fields are only ever added. */
interface AnswerData {
  readonly query: string;
  readonly found: boolean;
  /** The headword, or what was asked for when it is unknown. */
  readonly word: string;
  readonly source?: string;
  readonly variant?: string;
  readonly phonetic?: string;
  /** All definitions in one line. */
  readonly translation?: string;
  readonly definitions?: readonly Definition[];
  /** The form that was asked for, when `word` is its lemma. */
  readonly form?: string;
  /** Other readings, the form's own meaning, or the words of a list. */
  readonly others?: readonly Entry[];
  readonly suggestions: readonly string[];
  /** The parts of a text that was looked up word by word; an unknown one has no entry. */
  readonly words?: readonly TextPart[];
  /** 0 to 1 while the dictionary is being built. */
  readonly building?: number;
}

/** The answer for a known word: one line that is useful alone, then the details. */
export function renderFound(query: string, entries: readonly [Entry, ...Entry[]]): StructuredReply {
  const [first, ...others] = entries;
  const headline = renderHeadline(first);
  const translation = first.definitions.map(renderDefinition).join("; ");
  const details = headline.endsWith(` ${translation}`) ? [] : first.definitions.map(renderDefinition);
  const data: AnswerData = {
    query,
    found: true,
    ...first,
    translation,
    ...(others.length > 0 && { others: fitting(others) }),
    suggestions: [],
  };
  return { text: joinLines([headline, ...details, ...others.map(renderHeadline)]), data };
}

/** The answer for `app*`. */
export function renderList(query: string, entries: readonly [Entry, ...Entry[]]): StructuredReply {
  const words = entries.map((entry) => entry.word);
  const data: AnswerData = { query, found: true, word: query, others: fitting(entries), suggestions: [] };
  const names = cut(words.join(", "), maxLineBytes - maxQueryBytes);
  return {
    text: joinLines([`${cut(query, maxQueryBytes)}: ${names}`, ...entries.map(renderHeadline)]),
    data,
  };
}

/** The answer for an unknown word, and what the words of a text mean; clients look at its first word. */
export function renderMiss(
  query: string,
  suggestions: readonly string[],
  state: { readonly building?: number; readonly broken?: boolean },
  words: readonly TextPart[],
): StructuredReply {
  const { building, broken } = state;
  const known = words.some(({ entry }) => entry) ? words : [];
  let text = `unknown: ${cut(query, maxQueryBytes)}`;
  if (building !== undefined) {
    text += ` — the dictionary is still being built (${Math.floor(building * 100)} %), ask again soon`;
  } else if (broken) text += " — the dictionary could not be built, its operator finds the reason in the log";
  else if (suggestions.length > 0) {
    text += " — did you mean ";
    text += `${cut(suggestions.join(", "), maxLineBytes - Buffer.byteLength(text) - 1)}?`;
  } else if (known.length > 0) text += " — word by word:";
  const data: AnswerData = {
    query,
    found: false,
    word: query,
    suggestions,
    ...(known.length > 0 && { words: fitting(known) }),
    ...(building !== undefined && { building }),
  };
  return { text: joinLines([text, ...known.map(renderPart)]), data, status: 1 };
}

/** The answer for a text that is to be looked up word by word. */
export function renderWords(query: string, words: readonly TextPart[]): StructuredReply {
  const data: AnswerData = { query, found: true, word: query, words: fitting(words), suggestions: [] };
  return { text: joinLines(words.map(renderPart)), data };
}

function renderPart({ text, entry }: TextPart): string {
  return entry ? renderHeadline(entry) : `${cut(text, maxQueryBytes)} ?`;
}

function renderHeadline(entry: Entry): string {
  const { word, variant, phonetic, form } = entry;
  const parts = [
    ...(form === undefined ? [] : [form, "→"]),
    word,
    ...(variant === undefined ? [] : [`(${variant})`]),
    ...(phonetic === undefined ? [] : [`[${phonetic}]`]),
  ];
  const head = cut(parts.join(" "), maxHeadBytes);
  return `${head} ${condense(entry.definitions, maxLineBytes - Buffer.byteLength(head) - 1)}`;
}

/** The beginning of each of the first definitions, so that all parts of speech are seen. */
function condense(definitions: readonly Definition[], maxBytes: number): string {
  const shown = definitions.slice(0, maxCondensed);
  const whole = shown.map(renderDefinition).join("; ");
  if (Buffer.byteLength(whole) <= maxBytes) return whole;
  const share = Math.floor(maxBytes / shown.length) - 2;
  return cut(shown.map((definition) => cut(renderDefinition(definition), share)).join("; "), maxBytes);
}

function renderDefinition({ pos, text }: Definition): string {
  return pos === undefined ? text : `${pos} ${text}`;
}

/** Cuts at a separator where there is one, else at a character. */
function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  let bytes = 3; // of the ellipsis
  let kept = "";
  let atSeparator = "";
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    if (/[,;，；、]/u.test(character)) atSeparator = kept;
    kept += character;
  }
  return `${atSeparator === "" ? kept.trimEnd() : atSeparator}…`;
}

/** As many as a reply can carry: the texts of some dictionaries are long. */
function fitting<T>(items: readonly T[]): readonly T[] {
  let bytes = 0;
  return items.filter((item) => (bytes += Buffer.byteLength(JSON.stringify(item))) <= maxDataBytes);
}

function joinLines(lines: readonly string[]): string {
  let text = "";
  for (const line of lines) {
    const longer = text === "" ? line : `${text}\n${line}`;
    if (Buffer.byteLength(longer) > maxTextBytes) break;
    text = longer;
  }
  return text;
}
