import { closeSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { cleanText } from "../fold.ts";

/** What a StarDict `.ifo` says of its dictionary. */
export interface StarDictInfo {
  readonly title: string;
  readonly about: string;
  readonly wordCount: number;
  readonly indexBytes: number;
  readonly offsetBytes: 4 | 8;
  /** The types of the parts of every text; undefined when each text names its own. */
  readonly sameTypes: string | undefined;
}

const maxInfoBytes = 64 * 1024;
const magic = "StarDict's dict ifo file";

/** @throws {Error} saying which line is missing or wrong. */
export function readStarDictInfo(path: string): StarDictInfo {
  const name = basename(path);
  const text = readStart(path, maxInfoBytes)
    .toString("utf8")
    .replace(/^\ufeff/, "");
  const [first = "", ...lines] = text.split(/\r?\n/);
  if (first.trim() !== magic) throw new Error(`${name} does not begin with "${magic}"`);
  const values = new Map(
    lines.flatMap((line) => {
      const equals = line.indexOf("=");
      return equals > 0 ? [[line.slice(0, equals).trim(), cleanText(line.slice(equals + 1))] as const] : [];
    }),
  );
  const version = values.get("version") ?? "";
  if (version !== "2.4.2" && version !== "3.0.0") throw new Error(`${name} has no version=2.4.2 or 3.0.0`);
  const bits = values.get("idxoffsetbits") ?? "32";
  if (bits !== "32" && bits !== "64")
    throw new Error(`${name} has idxoffsetbits=${bits.slice(0, 20)}, not 32 or 64`);
  const count = (key: string) => {
    const value = values.get(key) ?? "";
    if (!/^\d{1,12}$/.test(value)) throw new Error(`${name} has no number at ${key}=`);
    return Number(value);
  };
  const sameTypes = values.get("sametypesequence");
  if (sameTypes !== undefined && !/^[a-zA-Z]{1,32}$/.test(sameTypes)) {
    throw new Error(`${name} has sametypesequence=${sameTypes.slice(0, 20)}, which are no types`);
  }
  const details = ["author", "email", "website", "description", "date"].flatMap((key) => {
    const value = values.get(key);
    return value === undefined || value === "" ? [] : [`${key}: ${value.replaceAll(/<br\s*\/?>/gi, " ")}`];
  });
  return {
    title: values.get("bookname") || name,
    about: details.join("\n"),
    wordCount: count("wordcount"),
    indexBytes: count("idxfilesize"),
    offsetBytes: version === "3.0.0" && bits === "64" ? 8 : 4,
    sameTypes,
  };
}

function readStart(path: string, maxBytes: number): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(maxBytes + 1);
    const length = readSync(file, bytes);
    if (length > maxBytes) throw new Error(`${basename(path)} is larger than ${maxBytes} bytes`);
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
