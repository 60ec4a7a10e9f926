/** What Tab can choose from. */
export interface Vocabulary {
  readonly commands: readonly string[];
  readonly nicks: readonly string[];
  readonly rooms: readonly string[];
}

export interface Completion {
  readonly text: string;
  readonly cursor: number;
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
  const fitting = candidates.slice(0, MAX_CANDIDATES).filter((candidate) => startsWith(candidate, word));
  const [first] = fitting;
  if (first === undefined) return undefined;
  const completed = fitting.length === 1 ? first + ending : commonStart(fitting, word);
  return {
    text: text.slice(0, start) + completed + text.slice(cursor),
    cursor: start + completed.length,
    choices: fitting.length === 1 ? [] : fitting,
  };
}

function candidatesFor(text: string, start: number, word: string, vocabulary: Vocabulary) {
  if (start === 0 && word.startsWith("/")) {
    return { candidates: vocabulary.commands.map((name) => `/${name}`), ending: " " };
  }
  if (word.startsWith("#")) return { candidates: vocabulary.rooms.map((name) => `#${name}`), ending: " " };
  if (/^\/(join|part|who)\s+$/.test(text.slice(0, start)))
    return { candidates: vocabulary.rooms, ending: " " };
  return { candidates: word === "" ? [] : vocabulary.nicks, ending: start === 0 ? ": " : " " };
}

const fold = (text: string) => text.toLowerCase();
const startsWith = (candidate: string, word: string) => fold(candidate).startsWith(fold(word));

/** What all candidates begin with; at least what was typed. */
function commonStart(candidates: readonly string[], word: string): string {
  const [first = word] = candidates;
  let length = first.length;
  for (const candidate of candidates) {
    while (length > 0 && !startsWith(candidate, first.slice(0, length))) length--;
  }
  return length > word.length ? first.slice(0, length) : word;
}
