/** A setting or table of `palaver.example.toml`. */
export interface ExampleEntry {
  /** `plugins.exec.commands.disk.argv` */
  readonly path: string;
  /** As it is written; undefined for a table. */
  readonly value: string | undefined;
  /** The comment above it; empty where there is none. */
  readonly words: string;
}

/** Reads the example line by line: what a `#` puts out of force has no blank behind it, a comment has one. */
export function readExample(source: string): readonly ExampleEntry[] {
  const entries: ExampleEntry[] = [];
  let words: string[] = [];
  let prefix = "";
  for (const line of source.split("\n")) {
    const comment = /^# (.*)$/.exec(line)?.[1];
    const [, header] = /^#?\[{1,2}([^\]\s]+)\]{1,2}$/.exec(line) ?? [];
    const [, key, value] = /^#?([a-z_][\w.]*) = (.*)$/.exec(line) ?? [];
    if (comment !== undefined) words.push(comment);
    else if (header !== undefined) {
      entries.push({ path: header, value: undefined, words: words.join(" ") });
      prefix = `${header}.`;
      words = [];
    } else if (key !== undefined) {
      entries.push({ path: `${prefix}${key}`, value, words: words.join(" ") });
      words = [];
    } else words = [];
  }
  return entries;
}

/** Matches the entries at a path, in which NAME stands for any name. */
export function isAt(path: string): (entry: ExampleEntry) => boolean {
  const pattern = new RegExp(`^${patternOf(path)}$`);
  return (entry) => pattern.test(entry.path);
}

/** Matches the entries at a path and below it. */
export function isBelow(path: string): (entry: ExampleEntry) => boolean {
  const pattern = new RegExp(String.raw`^${patternOf(path)}(?:\.|$)`);
  return (entry) => pattern.test(entry.path);
}

function patternOf(path: string): string {
  return path.replaceAll(".", String.raw`\.`).replaceAll(/\bNAME\b/g, "[^.]+");
}
