import { isAbsolute } from "node:path";
import { tryParseDuration } from "@palaver/plugin-api";
import * as z from "zod";
import { argumentSchema, isOptional, problemOf } from "./argument.ts";
import { size } from "./size.ts";
import { namesIn, parseTemplate } from "./template.ts";

const MAX_TIMEOUT_MS = 24 * 3_600_000;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
const MAX_ARGV = 64;
const MAX_ROWS = 10_000_000;
/** Of any command. */
export const MAX_INPUT_BYTES = 65_536;
const MAX_PLACES = 32;

/** Words of exec's own where a command's name could stand. */
const ownWords = ["audit", "jobs", "kill", "yes"];

const clean = z.string().regex(/^[^\0]*$/, "must not hold a NUL");

const duration = z
  .string()
  .transform((text, context) => {
    const ms = tryParseDuration(text);
    if (ms !== undefined && ms >= 1 && ms <= MAX_TIMEOUT_MS) return ms;
    const message = 'must be a duration of at most 24 hours, written like "500ms", "5s" or "2m"';
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .describe("a duration up to 24 h");

const commandName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,31}$/,
    "must be 1 to 32 of a-z, 0-9, _ and -, and start with a letter or digit",
  )
  .refine((name) => !ownWords.includes(name), `is a word of exec's own; choose another name`);

const argumentName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, "must be 1 to 32 of a-z, 0-9 and _, and start with a letter");

const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be letters, digits and _, and not start with a digit");

/** zod says no more than "Invalid key in record" by itself. */
const namedKeys = {
  error: (issue: z.core.$ZodRawIssue) =>
    issue.code === "invalid_key" ? issue.issues.map(({ message }) => message).join(", ") : undefined,
};

const place = clean
  .refine((path) => isAbsolute(path) && path !== "/", "must be an absolute path below /")
  .describe("an absolute path below `/`");
const places = z.array(place).max(MAX_PLACES).default([]);

const rate = z.strictObject({ limit: z.int().min(1).max(1000), window: duration });

/** A name or a number. */
const user = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$/, "must be a user's name or number")
  .describe("a name or number");

const sandbox = z.enum(["auto", "required", "off"]);

export const commandSchema = z
  .strictObject({
    summary: z.string().min(1).max(200),
    /** An absolute program, then elements in which `{name}` stands for an argument. */
    argv: z.array(clean.max(4096)).min(1).max(MAX_ARGV),
    /** In the order of the caller's words. To declare an argument is to allow it; without one, none is accepted. */
    args: z.record(argumentName, argumentSchema, namedKeys).default({}),
    /** One of these is enough; absent, everybody may. Text peers hold none. */
    roles: z.array(z.string().min(1).describe("a role")).min(1).optional(),
    timeout: duration.default(10_000),
    /** Bytes of standard output and error together. */
    max_output: z.int().min(1).max(MAX_OUTPUT_BYTES).default(65_536),
    /** Bytes of standard input that are accepted; session peers only. */
    max_input: z.int().min(0).max(MAX_INPUT_BYTES).default(0),
    max_running: z.int().min(1).max(1000).default(4),
    /** Per caller. */
    rate: rate.optional(),
    /** Ask the caller before it runs. */
    confirm: z.boolean().default(false),
    /** Running it twice would harm: text peers, whose datagrams may come twice, are asked. */
    changes: z.boolean().default(false),
    cwd: clean.refine(isAbsolute, "must be an absolute path").describe("an absolute path").default("/"),
    /** Added to the fixed environment; `{name}` stands for an argument. Nothing of the hub's own is passed on. */
    env: z.record(environmentName, clean, namedKeys).default({}),
    user: user.optional(),
    sandbox: sandbox.optional(),
    /** These three hold in a sandbox only. */
    network: z.boolean().default(false),
    readable: places,
    writable: places,
    /** Of each process: address space, open files, seconds of the processor, bytes of any file it writes. */
    max_memory: size("1MiB", "1TiB").default(4 * 2 ** 30),
    max_files: z.int().min(8).max(1_000_000).default(256),
    max_cpu: duration.optional(),
    max_file_size: size("1KiB", "1TiB").default(64 * 2 ** 20),
    /** 64 in a sandbox, where those of the call are counted; elsewhere all of the user's are, so there is no default. */
    max_processes: z.int().min(1).max(100_000).optional(),
  })
  .superRefine((command, context) => {
    const refuse = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: "custom", path, message });

    const used = new Set<string>();
    const use = (path: (string | number)[], element: string): readonly string[] => {
      try {
        const names = namesIn(parseTemplate(element));
        for (const name of names) {
          used.add(name);
          if (!Object.hasOwn(command.args, name)) {
            refuse(path, `uses {${name}}, which is not declared; add args.${name}`);
          }
        }
        return names;
      } catch (error) {
        refuse(path, (error as SyntaxError).message);
        return [];
      }
    };
    command.argv.forEach((element, index) => {
      const names = use(["argv", index], element);
      if (index === 0 && (names.length > 0 || !isAbsolute(element))) {
        refuse(["argv", 0], "must be the absolute path of a program, like /usr/bin/df");
      }
    });
    for (const [name, value] of Object.entries(command.env)) use(["env", name], value);

    let optionalName: string | undefined;
    for (const [name, argument] of Object.entries(command.args)) {
      const path = ["args", name];
      if (!used.has(name))
        refuse(path, `is declared but not used; put {${name}} into argv or env, or remove it`);
      if (isOptional(argument)) optionalName = name;
      else if (optionalName)
        refuse(path, `must be given but follows the optional ${optionalName}; swap them`);
      if (argument.type === "integer") {
        if (argument.min > argument.max) refuse([...path, "min"], "is above max");
        if (argument.min < 0 && !argument.allow_dash) {
          refuse(
            [...path, "min"],
            "is below 0, and a word with a leading - is refused; set allow_dash = true",
          );
        }
      }
      if (argument.type === "enum") {
        argument.values.forEach((value, index) => {
          const problem = problemOf(argument, value);
          if (problem) refuse([...path, "values", index], `${problem}; change it or set allow_dash`);
        });
      }
      if (argument.default !== undefined) {
        const problem = problemOf(argument, argument.default);
        if (problem) refuse([...path, "default"], problem);
      }
    }
  });

export const configSchema = z.strictObject({
  /** What may be run, by name. Nothing else ever is. */
  commands: z.record(commandName, commandSchema, namedKeys).default({}),
  /** date, hostname, uptime and whoami, as far as this machine has them. */
  defaults: z.boolean().default(true),
  /** All commands together. */
  max_running: z.int().min(1).max(10_000).default(16),
  /** All commands of one caller together. */
  max_running_per_user: z.int().min(1).max(10_000).default(4),
  /** Per caller, all commands together. */
  rate: rate.optional(),
  /** For commands that do not say it themselves. `auto`: where this machine can; `required`: or exec does not start. */
  sandbox: sandbox.default("auto"),
  user: user.optional(),
  /** Rows that the audit keeps, of runs and of refusals each; the oldest go first. */
  audit: z.int().min(1).max(MAX_ROWS).default(100_000),
});

export type ExecConfig = z.output<typeof configSchema>;
export type CommandConfig = z.output<typeof commandSchema>;
