/** What Tab can choose from. */
export interface Vocabulary {
  /** With their arguments as help prints them: `<word> [room] <path: /|/tmp>`. */
  readonly commands: readonly { readonly name: string; readonly usage: string }[];
  readonly nicks: readonly string[];
  readonly rooms: readonly string[];
}

export interface Completion {
  readonly text: string;
  readonly cursor: number;
  /** Where the completed word starts. */
  readonly start: number;
  /** All that fit, when there is more than one. */
  readonly choices: readonly string[];
}

/** Candidates that are looked at; a hub may list any number. */
const MAX_CANDIDATES = 5000;

/** Completes the word before the cursor, as far as it is certain; undefined when nothing fits. */
export function completeDraft(text: string, cursor: number, vocabulary: Vocabulary): Completion | undefined {
  const start = text.slice(0, cursor).search(/\S*$/);
  const word = text.slice(start, cursor);
  const { candidates, ending } = candidatesFor(text, start, word, vocabulary);
  return completeWord(text, start, cursor, candidates.slice(0, MAX_CANDIDATES), () => ending);
}

/**
 * Completes what stands from `start` to the cursor.
 * @param endingOf what follows a candidate that is the only one
 */
export function completeWord(
  text: string,
  start: number,
  cursor: number,
  candidates: readonly string[],
  endingOf: (candidate: string) => string,
): Completion | undefined {
  const word = text.slice(start, cursor);
  const fitting = candidates.filter((candidate) => startsWith(candidate, word));
  const [first] = fitting;
  if (first === undefined) return undefined;
  const completed = fitting.length === 1 ? first + endingOf(first) : commonStart(fitting, word);
  return {
    text: text.slice(0, start) + completed + text.slice(cursor),
    cursor: start + completed.length,
    start,
    choices: fitting.length === 1 ? [] : fitting,
  };
}

function candidatesFor(text: string, start: number, word: string, vocabulary: Vocabulary) {
  const { commands, nicks, rooms } = vocabulary;
  if (start === 0 && word.startsWith("/"))
    return { candidates: commands.map(({ name }) => `/${name}`), ending: " " };
  if (word.startsWith("#")) return { candidates: rooms.map((name) => `#${name}`), ending: " " };
  if (word.startsWith("@")) return { candidates: nicks.map((nick) => `@${nick}`), ending: " " };
  const [, name, before = ""] = /^\/(\S+)\s+([^]*)$/.exec(text.slice(0, start)) ?? [];
  const usage = commands.find((command) => command.name === name)?.usage;
  if (usage !== undefined) {
    return { candidates: argumentsFor(usage, before.split(/\s+/).length - 1, word, vocabulary), ending: " " };
  }
  return { candidates: word === "" ? [] : nicks, ending: start === 0 ? ": " : " " };
}

/** What can stand at a place of a command: what its usage lists, rooms for `room`, people for anything else. */
function argumentsFor(
  usage: string,
  index: number,
  word: string,
  { nicks, rooms }: Vocabulary,
): readonly string[] {
  const places = usage.match(/[<[][^>\]]*[>\]]/g) ?? [];
  const place = (places[Math.min(index, places.length - 1)] ?? "").slice(1, -1);
  const listed = (/^[^:]*:\s*(.+)$/.exec(place)?.[1] ?? (place.includes("|") ? place : ""))
    .split("|")
    .filter(Boolean);
  if (listed.length > 1) return listed.map((each) => each.trim());
  if (/room/i.test(place)) return rooms;
  return word === "" && !/nick|name|user|who/i.test(place) ? [] : nicks;
}

const fold = (text: string) => text.toLowerCase();
/** The `~` of somebody without a key need not be typed. */
const startsWith = (candidate: string, word: string) =>
  fold(candidate).startsWith(fold(word)) || fold(candidate.replace(/^(@?)~/, "$1")).startsWith(fold(word));

/** What all candidates begin with; at least what was typed. */
function commonStart(candidates: readonly string[], word: string): string {
  const [first = word] = candidates;
  let length = first.length;
  for (const candidate of candidates) {
    while (length > 0 && !startsWith(candidate, first.slice(0, length))) length--;
  }
  // Not half of a character.
  const start = first.slice(0, length).replace(/[\ud800-\udbff]$/, "");
  return start.length > word.length ? start : word;
}
