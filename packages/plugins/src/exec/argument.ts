import { realpath } from "node:fs/promises";
import { isAbsolute, resolve, sep } from "node:path";
import * as z from "zod";
import { compilePattern, isMatch } from "./pattern.ts";

const MAX_PATTERN_LENGTH = 256;
const MAX_MATCHED_LENGTH = 256;
const MAX_ENUM_VALUES = 256;
/** Longer lists of values are not shown in a usage line. */
const MAX_SHOWN_LENGTH = 60;

const shared = {
  /** Without it the template elements that hold the argument are left out. */
  optional: z.boolean().default(false),
  /** A word that starts with `-` reads as an option to most programs. */
  allow_dash: z.boolean().default(false),
  /** Shown as `***` in the audit, the log and the lists of runs. */
  secret: z.boolean().default(false),
};

const patternSource = z
  .string()
  .max(MAX_PATTERN_LENGTH)
  .superRefine((source, context) => {
    try {
      compilePattern(source);
    } catch {
      const message = "is no regular expression (JavaScript's, with the u flag); correct it";
      context.addIssue({ code: "custom", message });
    }
  })
  .describe("a regular expression that the whole word matches, at most 256 characters");

/** How one argument of a command is declared in the configuration. */
export const argumentSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("enum"),
    values: z.array(z.string().min(1).describe("a word")).min(1).max(MAX_ENUM_VALUES),
    default: z.string().optional(),
    ...shared,
  }),
  z.strictObject({
    type: z.literal("integer"),
    min: z.int().describe("the smallest number"),
    max: z.int().describe("the largest number"),
    default: z.int().transform(String).optional(),
    ...shared,
  }),
  z.strictObject({
    type: z.literal("pattern"),
    pattern: patternSource,
    default: z.string().optional(),
    ...shared,
  }),
  z.strictObject({
    type: z.literal("path"),
    below: z
      .string()
      .refine(isAbsolute, "must be an absolute path")
      .describe("a folder, whose files it takes"),
    default: z.string().optional(),
    ...shared,
  }),
]);

export type Argument = z.output<typeof argumentSchema>;

/** What is wrong with a word as this argument; undefined when nothing is. A path's file is not looked at. */
export function problemOf(argument: Argument, word: string): string | undefined {
  if (word === "") return "is empty";
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(word)) return "holds a control character";
  if (word.startsWith("-") && !argument.allow_dash) return "must not start with -";
  switch (argument.type) {
    case "enum": {
      if (argument.values.includes(word)) return undefined;
      const values = argument.values.join(", ");
      return argument.secret || values.length > MAX_SHOWN_LENGTH
        ? "is none of its values"
        : `must be one of ${values}`;
    }
    case "integer": {
      const isInRange =
        /^-?(0|[1-9]\d{0,15})$/.test(word) && Number(word) >= argument.min && Number(word) <= argument.max;
      return isInRange ? undefined : `must be a whole number from ${argument.min} to ${argument.max}`;
    }
    case "pattern": {
      const isAccepted = word.length <= MAX_MATCHED_LENGTH && isMatch(compilePattern(argument.pattern), word);
      return isAccepted ? undefined : "does not have the form it must have";
    }
    default:
      return undefined;
  }
}

/** The value that a word without a problem stands for: itself, or the real path of the file it names. */
export async function tryResolve(argument: Argument, word: string): Promise<string | undefined> {
  return argument.type === "path" ? tryResolveBelow(argument.below, word) : word;
}

/**
 * Symbolic links are followed on both sides first, so neither `..` nor a link leads out. The program gets the path
 * that was checked; that nobody puts a link there meanwhile is for the permissions below the root to ensure.
 */
async function tryResolveBelow(root: string, word: string): Promise<string | undefined> {
  try {
    const [real, realRoot] = await Promise.all([realpath(resolve(root, word)), realpath(root)]);
    const prefix = realRoot.endsWith(sep) ? realRoot : realRoot + sep;
    return real === realRoot || real.startsWith(prefix) ? real : undefined;
  } catch {
    return undefined;
  }
}

/** The argument in a usage line: `<path: /|/tmp>`, `[count: 1-10]`. */
export function usageOf(name: string, argument: Argument): string {
  const values = argument.secret
    ? ""
    : argument.type === "enum"
      ? argument.values.join("|")
      : argument.type === "integer"
        ? `${argument.min}-${argument.max}`
        : "";
  const label = values === "" || values.length > MAX_SHOWN_LENGTH ? name : `${name}: ${values}`;
  return isOptional(argument) ? `[${label}]` : `<${label}>`;
}

export function isOptional(argument: Argument): boolean {
  return argument.optional || argument.default !== undefined;
}
