import { open } from "node:fs/promises";
import { parse, TomlDate, TomlError } from "smol-toml";
import { ConfigError, formatKey, visible } from "./config-error.ts";
import { createLocator } from "./locate.ts";

const maxFileBytes = 1024 * 1024;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file; see --config",
  ENOTDIR: "there is no such file; see --config",
  EACCES: "may not be read; see its permissions",
  EISDIR: "is a directory; name the file in it",
};

/** A TOML file, checked for nothing but being one. */
export interface TomlFile {
  readonly source: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** @throws {ConfigError} when the file cannot be read, is over 1 MiB, or is not TOML in UTF-8. */
export async function readTomlFile(path: string): Promise<TomlFile> {
  const bytes = await readBounded(path).catch((error: NodeJS.ErrnoException) => {
    const reason = reasons[error.code ?? ""] ?? `cannot be read (${error.code ?? error.message})`;
    throw new ConfigError({ file: path, key: "" }, reason, { cause: error });
  });
  if (bytes.length > maxFileBytes) {
    throw new ConfigError({ file: path, key: "" }, "is larger than 1 MiB; is it the right file?");
  }
  const source = decode(bytes, path);
  const document = parseToml(source, path);
  const odd = findOdd(document, []);
  if (odd) {
    const line = createLocator(source)(odd.path) ?? 1;
    throw new ConfigError({ file: path, line, key: formatKey(odd.path) }, odd.message);
  }
  return { source, document };
}

function parseToml(source: string, path: string): TomlFile["document"] {
  try {
    return parse(source);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ""] = error.message.split("\n", 1);
    const line = source.split("\n")[error.line - 1] ?? "";
    const [, key] = /^\s*([\w."'-]+)\s*=/.exec(line) ?? [];
    if (first.includes("redefine") && key !== undefined) {
      const place = { file: path, line: error.line, key: visible(key) };
      throw new ConfigError(place, "is there twice; remove one of the two", { cause: error });
    }
    const reason = first.replace("Invalid TOML document: ", "");
    const place = { file: path, line: error.line, key: `column ${error.column}` };
    throw new ConfigError(place, `${reason}; correct this line (see https://toml.io)`, { cause: error });
  }
}

interface Odd {
  readonly path: (string | number)[];
  readonly message: string;
}

/** What TOML allows and a schema would let pass without a word: a date taken for a table, a key that is skipped. */
function findOdd(value: unknown, path: (string | number)[]): Odd | undefined {
  if (value instanceof TomlDate) return { path, message: "no setting is a date; write text in quotes" };
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const place = [...path, Array.isArray(value) ? Number(key) : key];
    if (key === "__proto__") return { path: place, message: "is no name for a setting; remove it" };
    const odd = findOdd(inner, place);
    if (odd) return odd;
  }
  return undefined;
}

async function readBounded(path: string): Promise<Buffer> {
  await using file = await open(path);
  const chunks: Buffer[] = [];
  let length = 0;
  // Not by the size that the file claims: a pipe has none, a device may have no end.
  while (length <= maxFileBytes) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(64 * 1024) });
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const good = bytes.toString("utf-8").split("\uFFFD", 1)[0] ?? "";
    const place = { file: path, line: good.split("\n").length, key: "" };
    throw new ConfigError(place, "is not UTF-8; save the file as UTF-8", { cause: error });
  }
}
