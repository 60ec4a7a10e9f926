import { parse } from "smol-toml";

type Path = readonly (string | number)[];

/**
 * Finds the lines of keys and array elements in a TOML document, which the parser does not tell. The document must
 * be valid. A path that does not occur (a setting that is missing) gets the line of the nearest table or key
 * around it; undefined when there is none.
 */
export function createLocator(source: string): (path: Path) => number | undefined {
  let offsets: Map<string, number> | undefined;
  return (path) => {
    offsets ??= findOffsets(source);
    for (let length = path.length; length > 0; length--) {
      const offset = offsets.get(JSON.stringify(path.slice(0, length)));
      if (offset !== undefined) return source.slice(0, offset).split("\n").length;
    }
    return undefined;
  };
}

/** Offsets by path (as JSON), one walk through the document. */
function findOffsets(source: string): Map<string, number> {
  const offsets = new Map<string, number>();
  // Elements so far of each array of tables, by its path.
  const tableCounts = new Map<string, number>();
  let at = 0;

  const note = (path: Path, offset: number) => {
    const key = JSON.stringify(path);
    if (!offsets.has(key)) offsets.set(key, offset);
  };
  const skip = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0] ?? "";
    at += found.length;
    return found;
  };
  /** Reads `a."b.c".d` and leaves its unquoting to the parser. */
  const readKey = (): string[] => {
    let table: unknown = parse(`${skip(keyText)} = 0`);
    const parts: string[] = [];
    while (typeof table === "object" && table !== null) {
      const [part = ""] = Object.keys(table);
      parts.push(part);
      table = (table as Record<string, unknown>)[part];
    }
    return parts;
  };
  /** A dotted key defines every table on its way. */
  const noteAlong = (base: Path, parts: readonly string[], offset: number): Path => {
    let path = base;
    for (const part of parts) note((path = [...path, part]), offset);
    return path;
  };
  const readAssignment = (base: Path) => {
    const start = at;
    const path = noteAlong(base, readKey(), start);
    skip(equals);
    readValue(path);
  };
  const readValue = (path: Path) => {
    const opening = source[at];
    if (opening === "[" || opening === "{") {
      at++;
      for (let index = 0; ; index++) {
        skip(betweenElements);
        if (at >= source.length || source[at] === "]" || source[at] === "}") break;
        if (opening === "{") readAssignment(path);
        else {
          note([...path, index], at);
          readValue([...path, index]);
        }
      }
      at++;
    } else if (skip(string) === "") skip(otherScalar);
  };
  const readHeader = (): Path => {
    const start = at;
    const isArray = source.startsWith("[[", at);
    skip(headerStart);
    const parts = readKey();
    skip(restOfLine);
    let path: Path = [];
    parts.forEach((part, index) => {
      path = [...path, part];
      const isElement = isArray && index === parts.length - 1;
      const key = JSON.stringify(path);
      const count = tableCounts.get(key);
      if (isElement) tableCounts.set(key, (count ?? 0) + 1);
      // `[users.home]` after `[[users]]` belongs to the last of them.
      const element = isElement ? (count ?? 0) : count === undefined ? undefined : count - 1;
      // A table's own header counts, not the one of `[a.b]` above it.
      if (index === parts.length - 1 && !isArray) offsets.set(JSON.stringify(path), start);
      note(path, start);
      if (element !== undefined) note((path = [...path, element]), start);
    });
    return path;
  };

  let table: Path = [];
  for (;;) {
    skip(betweenStatements);
    if (at >= source.length) return offsets;
    const before = at;
    if (source[at] === "[") table = readHeader();
    else readAssignment(table);
    // Only a document that is not valid could stop the walk.
    if (at === before) return offsets;
  }
}

const basicString = String.raw`"(?:[^"\\\n]|\\.)*"`;
const literalString = String.raw`'[^'\n]*'`;
const keyPart = `(?:${basicString}|${literalString}|[A-Za-z0-9_-]+)`;
const keyText = new RegExp(String.raw`${keyPart}(?:[ \t]*\.[ \t]*${keyPart})*`, "y");
// A multi-line string may end in up to two quotes of its own.
const string = new RegExp(
  String.raw`"""(?:[^"\\]|\\[^]|"{1,2}(?!"))*"{3,5}|'''(?:[^']|'{1,2}(?!'))*'{3,5}|${basicString}|${literalString}`,
  "y",
);
const equals = /[ \t]*=[ \t]*/y;
const otherScalar = /[^,\]}#\r\n]*/y;
const headerStart = /\[\[?[ \t]*/y;
const restOfLine = /[^\n]*/y;
const betweenStatements = /(?:[ \t\r\n]|#[^\n]*)*/y;
const betweenElements = /(?:[ \t\r\n,]|#[^\n]*)*/y;
