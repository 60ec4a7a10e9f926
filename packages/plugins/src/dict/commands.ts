import { command, Refusal, type AnyCommand, type Call, type Result } from "@palaver/plugin-api";
import * as z from "zod";
import type { AddedWords } from "./own-words/added-words.ts";
import type { Misses } from "./own-words/misses.ts";
import type { Lookup } from "./lookup.ts";
import { answerWhenBuilt } from "./building.ts";
import { createWordOfDay } from "./word-of-day.ts";
import type { Catalogue } from "./catalogue.ts";

const maxListedMisses = 20;
/** A word that is not there yet waits for the dictionary: the import takes minutes on a small computer. */
const timeoutMs = 900_000;

export interface CommandParts {
  readonly lookup: Lookup;
  readonly catalogue: Catalogue;
  readonly addedWords: AddedWords;
  readonly misses: Misses;
  /** Roles that may add words. */
  readonly editors: readonly string[];
}

type DictCall = Call<{ words: z.ZodType<string> }>;

/** `tr`, `dict` and `wotd`. `dict` is `tr`, with words of its own for who may add words. */
export function createCommands(parts: CommandParts): Readonly<Record<string, AnyCommand>> {
  const { lookup, catalogue, editors } = parts;
  const args = { words: z.string().default("") };
  const edit = createEditing(parts);
  const wordOfDay = createWordOfDay(catalogue);
  // A text peer is answered at once: what came later could not be told from another answer.
  const answer = ({ args: { words }, caller, signal }: DictCall): Result =>
    caller.dialect === "text"
      ? lookup.answerLine(words)
      : answerWhenBuilt(() => lookup.answerLine(words), catalogue, signal);
  return {
    tr: command({
      summary: "Translate a word: tr apple, tr 苹果, tr app*, tr -d cedict 行, tr -s suffix ing",
      args,
      timeoutMs,
      run: answer,
    }),
    dict: command({
      summary: "As tr; editors also: dict misses, dict add WORD:TRANSLATION, dict remove WORD",
      args,
      timeoutMs,
      run(call: DictCall): Result {
        const isEditor = editors.some((role) => call.caller.roles.includes(role));
        return edit(call, isEditor) ?? answer(call);
      },
    }),
    wotd: command({
      summary: "The word of the day",
      run: () => lookup.answer(wordOfDay(new Date())),
    }),
  };
}

/** @returns undefined for words that are to be translated: anybody may look up `misses` and `add`. */
function createEditing({ addedWords, misses, editors }: CommandParts) {
  return ({ args: { words }, caller }: DictCall, isEditor: boolean): Result => {
    const [, verb, rest = ""] = /^(misses|add|remove)(?:\s+(.+))?$/su.exec(words.trim()) ?? [];
    // `add a:b` can only be meant for the operator's words; `add up` can be meant for the dictionary.
    if (verb === "add" && /[:：]/u.test(rest) && !isEditor) {
      throw new Refusal(`dict add needs the role ${editors.join(" or ")}.`, "FORBIDDEN");
    }
    if (verb === undefined || !isEditor) return undefined;
    if (verb === "misses") return rest === "" ? listMisses(misses) : undefined;
    if (rest === "") return undefined;
    if (verb === "add") {
      if (!/[:：]/u.test(rest)) return undefined;
      const word = addedWords.add(rest, caller.key ?? caller.id, Date.now());
      misses.forget(word);
      return { text: `${word} is added.`, data: { added: word } };
    }
    if (!addedWords.remove(rest)) return undefined;
    return { text: `${rest} is removed.`, data: { removed: rest } };
  };
}

function listMisses(misses: Misses): Result {
  const found = misses.top(maxListedMisses);
  const text =
    found.length === 0
      ? "Everything was found."
      : found.map(({ word, count }) => `${word} ${count}×`).join("\n");
  return { text, data: { misses: found.map((miss) => ({ ...miss, at: new Date(miss.at).toISOString() })) } };
}
