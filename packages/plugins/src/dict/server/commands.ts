import { Refusal } from "@palaver/plugin-api";
import type { AnswerCache } from "../answer-cache.ts";
import type { Catalogue } from "../catalogue.ts";
import { cleanText, isHan, toQuery } from "../fold.ts";
import { isStrategy, strategies, type Strategy } from "../options.ts";
import type { ScanQueue } from "../scan-queue.ts";
import { listDatabases, type Database } from "./databases.ts";
import { fitsLine, formatText } from "./text.ts";
import { quoteWord, splitWords } from "./words.ts";

/** What one client has said so far. */
export interface ClientState {
  isMime: boolean;
  commands: number;
}

export interface ServerParts {
  readonly catalogue: Catalogue;
  readonly scans: ScanQueue;
  /** Definitions as they are sent; emptied by whoever changes the words. */
  readonly replies: AnswerCache<string>;
}

export interface CommandReply {
  readonly text: string;
  readonly isLast?: true;
}

/** The strategy of clients that leave it to the server, for words they did not find. */
const defaultStrategy: Strategy = "lev";
const maxArticles = 100;
const maxStatusWord = 100;
/** Of a reply that is kept. */
const maxCachedLength = 8192;
const about = "palaver, a hub for terminals: chat rooms, translation and safe remote commands.";
const help = `DEFINE database word          the definitions of a word
MATCH database strategy word  words that match
SHOW DB                       the databases; * is all of them, ! the first that has the word
SHOW STRAT                    the strategies; . is the usual one
SHOW INFO database            about a database
SHOW SERVER                   about this server
OPTION MIME                   a MIME header before each text
CLIENT text                   who you are; it is not kept
STATUS  HELP  QUIT`;

type Command = (args: readonly string[], state: ClientState, parts: ServerParts) => string | Promise<string>;

const commands: Readonly<Record<string, Command>> = {
  define,
  match,
  show,
  option,
  client,
  status,
  help: showHelp,
};

/** Answers one line of RFC 2229. Never rejects for what a client wrote. */
export async function answerCommand(
  line: string,
  state: ClientState,
  parts: ServerParts,
): Promise<CommandReply> {
  const words = splitWords(line);
  const name = words?.[0]?.toLowerCase() ?? "";
  state.commands++;
  if (!words || name === "")
    return { text: "501 Syntax error: a quote is not closed, or there is no command\r\n" };
  if (name === "quit") return { text: "221 Closing connection\r\n", isLast: true };
  if (name === "auth" || name === "saslauth" || name === "saslresp")
    return { text: "502 Nobody needs to log in here\r\n" };
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) return { text: "500 Unknown command; HELP lists them\r\n" };
  try {
    return { text: await command(words.slice(1), state, parts) };
  } catch (error) {
    if (error instanceof Refusal) return { text: `420 ${error.message}\r\n` };
    throw error;
  }
}

async function define(args: readonly string[], state: ClientState, parts: ServerParts): Promise<string> {
  const [database = "", word = ""] = args;
  if (args.length !== 2 || cleanText(word) === "") return "501 Write: DEFINE database word\r\n";
  parts.catalogue.refresh();
  const cacheKey = `${state.isMime ? "m" : ""} ${database} ${word}`;
  const cached = parts.replies.get(cacheKey);
  if (cached !== undefined) return cached;
  const query = toQuery(cleanText(word));
  const asked = pickDatabases(database, listDatabases(parts.catalogue, query, parts.scans));
  if (!asked) return "550 Invalid database; SHOW DB lists them\r\n";
  const found: string[] = [];
  let isLocal = true;
  for (const one of asked) {
    // Pinyin is meant by what is no English word only.
    if (one.name === "cedict" && database === "*" && found.length > 0 && !isHan(query.text)) continue;
    isLocal &&= !one.isRemote;
    for (const article of await one.define(query)) {
      if (found.length >= maxArticles) break;
      const head = `151 ${quoteWord(shorten(article.word))} ${one.name} ${quoteWord(one.title)}\r\n`;
      found.push(head + mimeHeader(state) + formatText(article.text));
    }
    if (database === "!" && found.length > 0) break;
  }
  const reply =
    found.length === 0
      ? "552 No match\r\n"
      : `150 ${found.length} definitions retrieved\r\n${found.join("")}250 ok\r\n`;
  const settled = parts.catalogue.state().building === undefined;
  if (isLocal && settled && reply.length <= maxCachedLength) parts.replies.set(cacheKey, reply);
  return reply;
}

async function match(args: readonly string[], state: ClientState, parts: ServerParts): Promise<string> {
  const [database = "", given = "", word = ""] = args;
  if (args.length !== 3 || cleanText(word) === "") return "501 Write: MATCH database strategy word\r\n";
  const query = toQuery(cleanText(word));
  const asked = pickDatabases(database, listDatabases(parts.catalogue, query, parts.scans));
  if (!asked) return "550 Invalid database; SHOW DB lists them\r\n";
  const strategy = given === "." ? defaultStrategy : given;
  if (!isStrategy(strategy)) return "551 Invalid strategy; SHOW STRAT lists them\r\n";
  const lines: string[] = [];
  for (const one of asked) {
    const found = await one.match(strategy, query);
    lines.push(...found.map((headword) => `${one.name} ${quoteWord(headword)}`).filter(fitsLine));
    if (database === "!" && lines.length > 0) break;
  }
  if (lines.length === 0) return "552 No match\r\n";
  return `152 ${lines.length} matches found\r\n${listHeader(state)}${formatText(lines.join("\n"))}250 ok\r\n`;
}

/** A status line has 1024 bytes; the whole word is in the text. */
function shorten(word: string): string {
  return word.length <= maxStatusWord ? word : `${word.slice(0, maxStatusWord).toWellFormed()}…`;
}

/** @returns undefined for a name that is none; no database at all is just nothing found. */
function pickDatabases(name: string, all: readonly Database[]): readonly Database[] | undefined {
  if (name === "*" || name === "!") return all;
  const found = all.filter((database) => database.name === name);
  return found.length > 0 ? found : undefined;
}

function show(args: readonly string[], state: ClientState, { catalogue, scans }: ServerParts): string {
  const what = args[0]?.toLowerCase() ?? "";
  const databases = listDatabases(catalogue, toQuery("a"), scans);
  const list = (code: string, count: number, of: string, lines: readonly string[]) =>
    `${code} ${count} ${of} present\r\n${listHeader(state)}${formatText(lines.join("\n"))}250 ok\r\n`;
  if (what === "db" || what === "databases") {
    if (databases.length === 0) return "554 No databases present\r\n";
    return list(
      "110",
      databases.length,
      "databases",
      databases.map(({ name, title }) => `${name} ${quoteWord(title)}`),
    );
  }
  if (what === "strat" || what === "strategies") {
    const all = Object.entries(strategies);
    return list(
      "111",
      all.length,
      "strategies",
      all.map(([name, text]) => `${name} ${quoteWord(text)}`),
    );
  }
  if (what === "server")
    return `114 server information\r\n${mimeHeader(state)}${formatText(about)}250 ok\r\n`;
  if (what !== "info") return "501 Write: SHOW DB, SHOW STRAT, SHOW INFO database or SHOW SERVER\r\n";
  const database = databases.find(({ name }) => name === args[1]);
  if (!database) return "550 Invalid database; SHOW DB lists them\r\n";
  return `112 database information\r\n${mimeHeader(state)}${formatText(database.about)}250 ok\r\n`;
}

function option(args: readonly string[], state: ClientState): string {
  if (args.length !== 1 || args[0]?.toLowerCase() !== "mime") return "503 Only OPTION MIME is known\r\n";
  state.isMime = true;
  return "250 ok, a MIME header comes before each text\r\n";
}

function client(): string {
  return "250 ok\r\n";
}

function status(_args: readonly string[], { commands: count }: ClientState): string {
  return `210 ${count} commands on this connection\r\n`;
}

function showHelp(_args: readonly string[], state: ClientState): string {
  return `113 help text follows\r\n${mimeHeader(state)}${formatText(help)}250 ok\r\n`;
}

function mimeHeader({ isMime }: ClientState): string {
  return isMime ? "Content-type: text/plain; charset=utf-8\r\nContent-transfer-encoding: 8bit\r\n\r\n" : "";
}

/** A header may be empty (RFC 2229, 3.10); before a list, GoldenDict takes that one only. */
function listHeader({ isMime }: ClientState): string {
  return isMime ? "\r\n" : "";
}
