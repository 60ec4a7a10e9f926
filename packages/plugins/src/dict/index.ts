import { definePlugin, type StructuredReply } from "@palaver/plugin-api";
import { createAnswerCache } from "./answer-cache.ts";
import { createCatalogue, ownName } from "./catalogue.ts";
import { createCommands } from "./commands.ts";
import { dictConfig } from "./config.ts";
import { createDictionaries } from "./dictionaries.ts";
import { createDictionaryFiles } from "./dictionary-files/dictionary-files.ts";
import { dictionaryName } from "./dictionary-files/parts.ts";
import { createLookup } from "./lookup.ts";
import { createOperatorFiles } from "./operator-files.ts";
import { openAddedWords } from "./own-words/added-words.ts";
import { openMisses } from "./own-words/misses.ts";
import { createScanQueue } from "./scan-queue.ts";
import { createServer } from "./server/server.ts";
import { createUpstream } from "./upstream/upstream.ts";

/** An answer takes about 2 KB: 32 MiB at the worst. */
const maxCachedAnswers = 16_384;
/** Of look-ups with options. */
const maxCachedWithOptions = 1024;
/** Of the DICT server; one takes 8 KB at most. */
const maxCachedReplies = 1024;

export default definePlugin({
  name: "dict",
  api: 1,
  needs: ["storage", "files"],
  config: dictConfig,
  async setup({ config, log, signal, storage, files }) {
    const large = (["ecdict", "cedict"] as const).filter((name) => config[name]);
    const cache = createAnswerCache<StructuredReply>(maxCachedAnswers);
    const optionCache = createAnswerCache<StructuredReply>(maxCachedWithOptions);
    const replies = createAnswerCache<string>(maxCachedReplies);
    let changing = Promise.withResolvers<void>();
    const changed = () => {
      changing.resolve();
      changing = Promise.withResolvers();
    };
    const forget = () => {
      cache.clear();
      optionCache.clear();
      replies.clear();
      changed();
    };
    const now = () => performance.now();

    const database = storage.database("words.db");
    const addedWords = openAddedWords(database, forget);
    const misses = openMisses(database);
    const paths = config.files.map((path) => files.resolve(path));
    const operatorFiles = await createOperatorFiles(paths, files, log, signal, forget);
    const dictionaries = createDictionaries(storage.directory, large, log, forget, changed);
    const dictionaryPaths = config.dictionaries.map((path) => files.resolve(path));
    const dictionaryFiles = await createDictionaryFiles(storage.directory, dictionaryPaths, log, forget);
    const upstreams = config.servers.map((server) => createUpstream(server, config.server_timeout, log, now));

    const catalogue = createCatalogue({
      names: [
        ownName,
        ...large,
        ...dictionaryPaths.map(dictionaryName),
        ...upstreams.map(({ name }) => name),
      ],
      addedWords,
      operatorFiles,
      dictionaries,
      dictionaryFiles,
      upstreams,
      changed: () => changing.promise,
    });
    const scans = createScanQueue();
    const lookup = createLookup({ catalogue, cache, optionCache, misses, scans });
    const limits = {
      connections: config.server.connections,
      connectionsPerAddress: config.server.connections_per_address,
      idleMs: config.server.idle,
    };
    const server = createServer({ catalogue, scans, replies }, limits, signal);
    return {
      commands: createCommands({ lookup, catalogue, addedWords, misses, editors: config.editors }),
      text: (call) => lookup.answer(call.text),
      serve: (connection) => server.serve(connection),
      async [Symbol.asyncDispose]() {
        // Whoever asked just now is answered from the dictionaries that close below.
        await server.ended();
        misses[Symbol.dispose]();
        await dictionaryFiles[Symbol.asyncDispose]();
        await dictionaries[Symbol.asyncDispose]();
      },
    };
  },
});
