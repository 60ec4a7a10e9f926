const HEADER = /^\s*\[\s*([^\]]+?)\s*\]/;
const ASSIGNMENT = /^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=/;

/**
 * Lines (from 1) of the keys in a TOML file that is valid, by dotted path without quotes. Our settings know no arrays of
 * tables and no inline tables, whose keys are not looked for.
 */
export function findKeyLines(source: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let table = "";
  for (const [index, line] of source.split("\n").entries()) {
    const header = HEADER.exec(line)?.[1];
    const key = header === undefined ? ASSIGNMENT.exec(line)?.[1] : undefined;
    if (header !== undefined) table = unquote(header);
    const path = key === undefined ? table : [table, unquote(key)].filter((part) => part !== "").join(".");
    if ((header ?? key) !== undefined && !lines.has(path)) lines.set(path, index + 1);
  }
  return lines;
}

const unquote = (key: string) =>
  key.replace(/\s*\.\s*(?=(?:[^"]*"[^"]*")*[^"]*$)/g, ".").replaceAll(/["']/g, "");
