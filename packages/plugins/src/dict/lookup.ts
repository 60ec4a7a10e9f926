import { Refusal, type StructuredReply } from "@palaver/plugin-api";
import type { AnswerCache } from "./answer-cache.ts";
import { renderFound, renderList, renderMiss, renderWords } from "./answer.ts";
import type { Catalogue } from "./catalogue.ts";
import { readArticle } from "./dictionary-files/article-entry.ts";
import type { Entry, Query, Source } from "./entry.ts";
import { cleanText, isHan, toQuery } from "./fold.ts";
import { isScan, parseOptions, type LookupOptions, type Strategy } from "./options.ts";
import type { Misses } from "./own-words/misses.ts";
import type { ScanQueue } from "./scan-queue.ts";
import { splitIntoWords } from "./word-by-word.ts";

const maxListed = 20;
const maxSuggestions = 5;
/** Each may take some milliseconds to find no word that is near. */
const maxNearSources = 8;
/** Longer texts are no words; their answers are not kept. */
const maxCachedText = 64;

type Answer = StructuredReply | Promise<StructuredReply>;

/** Answers known words at once; what takes a search or another server may have to wait for its turn. */
export interface Lookup {
  /** @throws {Refusal} INVALID for a text without a word, or a dictionary that is not there. */
  answer(text: string): Answer;
  /** As `answer`, after the options of a command line: `-d cedict word`. */
  answerLine(line: string): Answer;
}

export interface LookupParts {
  readonly catalogue: Catalogue;
  /** By the text that was asked for; both caches are emptied by whoever changes the words. */
  readonly cache: AnswerCache<StructuredReply>;
  /** By text and options. */
  readonly optionCache: AnswerCache<StructuredReply>;
  readonly misses: Misses;
  readonly scans: ScanQueue;
}

export function createLookup({ catalogue, cache, optionCache, misses, scans }: LookupParts): Lookup {
  const find = (query: Query, sources: readonly Source[]): readonly Entry[] => {
    const own = sources.filter(catalogue.isOwn);
    const exact = findFirst(query, own);
    if (exact) return exact;
    // The operator's word also stands for its forms, before the dictionaries are asked.
    const lemma = own.length > 0 ? catalogue.lemma(query) : undefined;
    const [base] = (lemma !== undefined && findFirst(toQuery(lemma), own)) || [];
    if (base) return [{ ...base, form: query.text }];
    return findFirst(query, sources.slice(own.length)) ?? [];
  };

  const splitWords = (text: string, sources: readonly Source[]) =>
    splitIntoWords(text, (part) => find(toQuery(part), sources)[0]);

  const miss = (query: Query, sources: readonly Source[]): StructuredReply => {
    const words = splitWords(query.text, sources);
    return renderMiss(query.text, nearWords(query, sources), catalogue.state(), words);
  };

  /** @returns undefined when the dictionaries here do not know the word. */
  const tryLocal = (text: string, options: LookupOptions, sources: readonly Source[]) => {
    if (options.byWord) {
      const words = splitWords(text, sources);
      if (words.some(({ entry }) => entry)) return renderWords(text, words);
    }
    if (isListed(text)) {
      const [first, ...others] = listWords(toQuery(text.slice(0, -1)), sources);
      return first && renderList(text, [first, ...others]);
    }
    const [first, ...others] = find(toQuery(text), sources);
    return first && renderFound(text, [first, ...others]);
  };

  const askUpstreams = async (query: Query, options: LookupOptions): Promise<StructuredReply | undefined> => {
    for (const upstream of catalogue.upstreams(options)) {
      const [first, ...others] = ((await upstream.define(query.text)) ?? []).map((article): Entry => {
        const { phonetic, definitions } = readArticle(article.word, article);
        return {
          source: upstream.name,
          word: article.word,
          definitions,
          ...(phonetic !== undefined && { phonetic }),
        };
      });
      if (first) return renderFound(query.text, [first, ...others]);
    }
    return undefined;
  };

  const match = async (
    text: string,
    strategy: Strategy,
    sources: readonly Source[],
  ): Promise<StructuredReply> => {
    const query = toQuery(text);
    const entries = await matchEntries(strategy, query, sources, scans);
    const label =
      strategy === "prefix" ? `${text}*` : strategy === "suffix" ? `*${text}` : `${strategy} ${text}`;
    const [first, ...others] = entries;
    return first ? renderList(label, [first, ...others]) : renderMiss(label, [], catalogue.state(), []);
  };

  const answer = (given: string, options: LookupOptions): Answer => {
    catalogue.refresh();
    const { only, to, strategy, byWord } = options;
    const isPlain = options === plain;
    // No word can be taken for a word with options.
    const answers = isPlain ? cache : optionCache;
    const cacheKey = isPlain ? given : JSON.stringify([only, to, strategy, byWord, given]);
    const cached = answers.get(cacheKey);
    if (cached) {
      if (isPlain && cached.status === 1) misses.count(given, Date.now());
      return cached;
    }
    const text = cleanText(given);
    if (text === "") throw new Refusal("No word was given. For example: apple", "INVALID");
    const query = toQuery(text);
    const sources = catalogue.sources(query, options);
    const keep = (reply: StructuredReply): StructuredReply => {
      // Words still arrive while a dictionary is being built.
      const settled = catalogue.state().building === undefined;
      if (settled && isPlain && reply.status === 1) misses.count(text, Date.now());
      if (settled && given.length <= maxCachedText) answers.set(cacheKey, reply);
      return reply;
    };
    if (strategy !== undefined && strategy !== "exact") return match(text, strategy, sources).then(keep);
    const unknown = (): Answer => {
      // A flood of unknown words is answered, but not with what each of them could have meant.
      if (scans.isFull()) return renderMiss(text, [], catalogue.state(), []);
      if (catalogue.upstreams(options).length === 0) return scans.soon(() => keep(miss(query, sources)));
      // What a server says is kept by its own rules.
      return askUpstreams(query, options).then((reply) => {
        if (reply) return reply;
        if (isPlain) misses.count(text, Date.now());
        return scans.run(() => miss(query, sources));
      });
    };
    const finish = (found: StructuredReply | undefined): Answer => (found ? keep(found) : unknown());
    const isCheap = byWord !== true && !isListed(text);
    const local = () => tryLocal(text, options, sources);
    const found = isCheap ? local() : scans.soon(local);
    return found instanceof Promise ? found.then(finish) : finish(found);
  };

  return {
    answer: (text) => answer(text, plain),
    answerLine(line) {
      if (!line.trimStart().startsWith("-")) return answer(line, plain);
      const options = parseOptions(line, catalogue.names);
      return answer(options.text, Object.keys(options).length > 1 ? options : plain);
    },
  };
}

function isListed(text: string): boolean {
  return text.length > 1 && text.endsWith("*");
}

/** A word without any option; its text is given beside it. */
const plain: LookupOptions = { text: "" };

/** Headwords that match, one entry each. Each dictionary has a turn of its own: all of them would stop the hub. */
async function matchEntries(
  strategy: Strategy,
  query: Query,
  sources: readonly Source[],
  scans: ScanQueue,
): Promise<readonly Entry[]> {
  if (strategy === "prefix") return scans.run(() => listWords(query, sources));
  const entries = new Map<string, Entry>();
  for (const source of sources) {
    if (entries.size >= maxListed) break;
    // oxlint-disable-next-line no-await-in-loop
    await scans.run(() => {
      const words = isScan(strategy)
        ? source.match(strategy, query, maxListed)
        : source.near(query, maxListed);
      for (const word of words) {
        const [entry] = source.find(toQuery(word)).filter((found) => found.form === undefined);
        if (entry && entries.size < maxListed && !entries.has(entry.word)) entries.set(entry.word, entry);
      }
    });
  }
  return [...entries.values()];
}

function nearWords(query: Query, sources: readonly Source[]): readonly string[] {
  const found = new Set<string>();
  for (const source of sources.slice(0, maxNearSources)) {
    for (const word of source.near(query, maxSuggestions)) found.add(word);
    if (found.size >= maxSuggestions) break;
  }
  return [...found].slice(0, maxSuggestions);
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
    if (entries.size > 0 && source.name === "cedict" && !isHan(query.text)) continue;
    for (const entry of source.list(query, maxListed)) {
      if (entries.size < maxListed && !entries.has(entry.word)) entries.set(entry.word, entry);
    }
  }
  return [...entries.values()];
}
