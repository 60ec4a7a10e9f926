/** A line that asks for a command. */
export interface CommandLine {
  /** In lower case, without the slash. */
  readonly name: string;
  readonly hasSlash: boolean;
  /** What stands behind the name. */
  readonly line: string;
}

/** `/Roll 2 6` and `roll 2 6`: whether a line without a slash is a command is the caller's to decide. */
export function readCommandLine(text: string): CommandLine {
  const hasSlash = text.startsWith("/");
  const bare = hasSlash ? text.slice(1) : text;
  const end = bare.search(/\s/);
  const name = (end < 0 ? bare : bare.slice(0, end)).toLowerCase();
  return { name, hasSlash, line: end < 0 ? "" : bare.slice(end).trim() };
}
