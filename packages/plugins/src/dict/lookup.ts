import { Refusal, type StructuredReply } from "@palaver/plugin-api";
import type { AnswerCache } from "./answer-cache.ts";
import { renderFound, renderList, renderMiss } from "./answer.ts";
import type { Dictionaries } from "./dictionaries.ts";
import type { Entry, Query, Source, SourceName } from "./entry.ts";
import { cleanText, foldText, isHan, keyOf } from "./fold.ts";
import type { OperatorFiles } from "./operator-files.ts";

const maxListed = 20;
const maxSuggestions = 5;
/** Longer texts are no words; their answers are not kept. */
const maxCachedText = 64;

/** Answers at once, from memory or with a few reads of the database. */
export interface Lookup {
  /** @throws {Refusal} INVALID for a text without a word, or a dictionary that is not there. */
  answer(text: string): StructuredReply;
  /** As `answer`, after the options of a command line: `-d cedict word`. */
  answerLine(line: string): StructuredReply;
}

/**
 * @param names the dictionaries that are switched on.
 * @param cache is emptied by whoever changes the words.
 */
export function createLookup(
  names: readonly SourceName[],
  operatorFiles: OperatorFiles,
  dictionaries: Dictionaries,
  cache: AnswerCache<StructuredReply>,
): Lookup {
  const sourcesFor = (query: Query, only: SourceName | undefined): Source[] => {
    const { ecdict, cedict } = dictionaries.sources();
    const order = isHan(query.text) ? [cedict, ecdict] : [ecdict, cedict];
    return [...operatorFiles.tables(), ...order].filter(
      (source) => source !== undefined && (only === undefined || source.name === only),
    ) as Source[];
  };

  const find = (query: Query, sources: readonly Source[]): readonly Entry[] => {
    const own = sources.filter((source) => source.name === "files");
    const exact = findFirst(query, own);
    if (exact) return exact;
    // The operator's word also stands for its forms, before the dictionaries are asked.
    const lemma = own.length > 0 ? dictionaries.sources().ecdict?.lemma(query) : undefined;
    const [base] = (lemma !== undefined && findFirst(toQuery(lemma), own)) || [];
    if (base) return [{ ...base, form: query.text }];
    return findFirst(query, sources.slice(own.length)) ?? [];
  };

  const compute = (text: string, only: SourceName | undefined): StructuredReply => {
    const isList = text.length > 1 && text.endsWith("*");
    const query = toQuery(isList ? text.slice(0, -1) : text);
    const sources = sourcesFor(query, only);
    const [first, ...others] = isList ? listWords(query, sources) : find(query, sources);
    if (first) return (isList ? renderList : renderFound)(text, [first, ...others]);
    const suggestions = new Set(sources.flatMap((source) => source.near(query, maxSuggestions)));
    return renderMiss(text, [...suggestions].slice(0, maxSuggestions), dictionaries.state());
  };

  const answer = (text: string, only?: SourceName): StructuredReply => {
    const cacheKey = `${only ?? ""}:${text}`;
    const cached = cache.get(cacheKey);
    if (cached) return cached;
    const asked = cleanText(text);
    if (asked === "") throw new Refusal("No word was given. For example: apple", "INVALID");
    const reply = compute(asked, only);
    // Words still arrive while the dictionary is being built.
    const settled = dictionaries.state().building === undefined;
    if (settled && text.length <= maxCachedText) cache.set(cacheKey, reply);
    return reply;
  };

  return {
    answer: (text) => answer(text),
    answerLine(line) {
      const match = /^-d(?:\s+(\S+))?(?:\s+(.*))?$/su.exec(line.trim());
      if (!match) return answer(line);
      const only = names.find((name) => name === match[1]);
      if (only) return answer(match[2] ?? "", only);
      const asked =
        match[1] === undefined
          ? "-d needs the name of a dictionary"
          : `There is no dictionary ${cleanText(match[1].slice(0, maxCachedText))}`;
      throw new Refusal(`${asked}. There are: ${names.join(", ")}`, "INVALID");
    },
  };
}

function findFirst(query: Query, sources: readonly Source[]): readonly Entry[] | undefined {
  return sources
    .values()
    .map((source) => source.find(query))
    .find((found) => found.length > 0);
}

// Pinyin is listed only for what begins no English word.
function listWords(query: Query, sources: readonly Source[]): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const source of sources) {
    if (entries.size > 0 && source.name === "cedict" && !isHan(query.text)) break;
    for (const entry of source.list(query, maxListed)) {
      if (entries.size < maxListed && !entries.has(entry.word)) entries.set(entry.word, entry);
    }
  }
  return [...entries.values()];
}

function toQuery(text: string): Query {
  return { text, folded: foldText(text), key: keyOf(text) };
}
