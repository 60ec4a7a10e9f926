/** A configuration that is refused; one line: `FILE:LINE: KEY: what is wrong; what to do`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(
    { file, line, key }: { readonly file: string; readonly line?: number | undefined; readonly key?: string },
    message: string,
    options?: ErrorOptions,
  ) {
    const where = line === undefined ? file : `${file}:${line}`;
    super([where, key, message].filter((part) => part !== undefined && part !== "").join(": "), options);
  }
}
