import { command, definePlugin, type StructuredReply } from "@palaver/plugin-api";
import * as z from "zod";
import { createAnswerCache } from "./answer-cache.ts";
import { createDictionaries } from "./dictionaries.ts";
import { createLookup } from "./lookup.ts";
import { createOperatorFiles } from "./operator-files.ts";

/** An answer takes about 2 KB. */
const maxCachedAnswers = 4096;

export default definePlugin({
  name: "dict",
  api: 1,
  needs: ["storage", "files"],
  config: z.strictObject({
    /** Files of the operator's own, `word:translation` a line; they win over the dictionaries. */
    files: z.array(z.string()).max(100).default([]),
    /** English to Chinese. */
    ecdict: z.boolean().default(true),
    /** Chinese to English. */
    cedict: z.boolean().default(true),
  }),
  async setup({ config, log, signal, storage, files }) {
    const names = (["ecdict", "cedict"] as const).filter((name) => config[name]);
    const cache = createAnswerCache<StructuredReply>(maxCachedAnswers);
    const forget = () => cache.clear();
    const paths = config.files.map((path) => files.resolve(path));
    const operatorFiles = await createOperatorFiles(paths, files, log, signal, forget);
    const dictionaries = createDictionaries(storage.directory, names, log, forget);
    const lookup = createLookup(["files", ...names], operatorFiles, dictionaries, cache);
    const tr = command({
      summary: "Translate a word: tr apple, tr 苹果, tr app*, tr -d cedict 行",
      args: { words: z.string().default("") },
      run: ({ args }) => lookup.answerLine(args.words),
    });
    return {
      commands: { tr, dict: tr },
      text: (call) => lookup.answer(call.text),
      [Symbol.asyncDispose]: () => dictionaries[Symbol.asyncDispose](),
    };
  },
});
