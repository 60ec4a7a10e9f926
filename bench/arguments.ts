import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** A figure's options and what else it was given; ends the program, with a word of why, where these are not understood. */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

export function refuse(why: string): never {
  process.stderr.write(`bench: ${why}\n`);
  process.exit(2);
}
