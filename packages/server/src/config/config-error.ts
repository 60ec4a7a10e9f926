/** Where in the configuration something stands, as an operator would look for it. */
export interface ConfigPlace {
  /** The file as it was named on the command line. */
  readonly file?: string;
  /** Counts from 1. */
  readonly line?: number;
  /** `text.trust[1]`, or an option such as `--listen`. Empty when the whole file is meant. */
  readonly key: string;
}

/** A configuration that is refused. The message is one line: `FILE:LINE: KEY: what was refused; what to do`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly place: ConfigPlace;

  constructor(place: ConfigPlace, message: string, options?: ErrorOptions) {
    const file = place.file === undefined ? "" : visible(place.file);
    const where = place.line === undefined ? file : `${file}:${place.line}`;
    const line = [where, place.key, message].filter((part) => part !== "").join(": ");
    super(line.replace(/\s*[\r\n]\s*/g, " "), options);
    this.place = place;
  }
}

/** Text without what could drive a terminal or break the line: each such character as its escape. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "\n" ? String.raw`\n` : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

const bareKey = /^[\w-]+$/;

/** A path as TOML writes it: `text.trust[1]`, `plugins."my plugin"`. */
export function formatKey(path: readonly (string | number)[]): string {
  let key = "";
  for (const part of path) {
    if (typeof part === "number") {
      key += `[${part}]`;
      continue;
    }
    const name = bareKey.test(part) ? part : visible(JSON.stringify(part.slice(0, 64)));
    key += key === "" ? name : `.${name}`;
  }
  return key;
}
