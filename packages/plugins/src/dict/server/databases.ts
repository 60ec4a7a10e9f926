import type { Catalogue } from "../catalogue.ts";
import type { Article, Entry, Query, Source } from "../entry.ts";
import type { Strategy } from "../options.ts";
import type { ScanQueue } from "../scan-queue.ts";
import type { Upstream } from "../upstream/upstream.ts";

/** A dictionary as DICT clients see it; several of the operator's files are one. */
export interface Database {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly isRemote: boolean;
  define(query: Query): readonly Article[] | Promise<readonly Article[]>;
  /** @throws {Refusal} BUSY when too many searches wait. */
  match(strategy: Strategy, query: Query): readonly string[] | Promise<readonly string[]>;
}

const maxMatches = 200;
const maxNear = 40;

/** The databases that are there now, in the order in which they are asked for this word. */
export function listDatabases(catalogue: Catalogue, query: Query, scans: ScanQueue): readonly Database[] {
  const byName = new Map<string, Source[]>();
  for (const source of catalogue.sources(query)) {
    const others = byName.get(source.name);
    if (others) others.push(source);
    else byName.set(source.name, [source]);
  }
  const local = [...byName.values()].map((sources) => databaseOf(sources, scans));
  return [...local, ...catalogue.upstreams({}).map(remoteDatabase)];
}

function databaseOf(sources: readonly Source[], scans: ScanQueue): Database {
  const { name, title, about = "" } = sources[0]!;
  const match = (strategy: Strategy, query: Query): readonly string[] => {
    const words = sources.flatMap((source) => matchWords(source, strategy, query));
    return [...new Set(words)].slice(0, maxMatches);
  };
  return {
    name,
    title,
    about: about === "" ? title : about,
    isRemote: false,
    define: (query) =>
      sources.flatMap((source) => source.articles?.(query) ?? source.find(query).map(renderArticle)),
    match: (strategy, query) =>
      strategy === "exact" ? match(strategy, query) : scans.run(() => match(strategy, query)),
  };
}

function matchWords(source: Source, strategy: Strategy, query: Query): readonly string[] {
  if (strategy === "exact")
    return source.find(query).flatMap(({ word, form }) => (form === undefined ? [word] : []));
  if (strategy === "prefix") return source.list(query, maxMatches).map(({ word }) => word);
  if (strategy === "lev") return source.near(query, maxNear);
  return source.match(strategy, query, maxMatches);
}

/** Another server's words can be asked for, but not matched: that would be a question for each key that is typed. */
function remoteDatabase(upstream: Upstream): Database {
  const title = `The DICT server ${upstream.name}`;
  return {
    name: upstream.name,
    title,
    about: title,
    isRemote: true,
    define: async (query) => (await upstream.define(query.text)) ?? [],
    match: () => [],
  };
}

function renderArticle(entry: Entry): Article {
  const { word, variant, phonetic, definitions } = entry;
  const head = [word, variant && `(${variant})`, phonetic && `[${phonetic}]`].filter(Boolean).join(" ");
  const lines = definitions.map(({ pos, text }) => `  ${pos === undefined ? text : `${pos} ${text}`}`);
  return { word, text: [head, ...lines].join("\n") };
}
