import { formatKey, visible } from "./config-error.ts";
import { findNearest } from "./nearest.ts";

type Path = readonly (string | number)[];

/** An issue as zod raises it; other schemas give a message and perhaps a path. */
export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly expected?: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly origin?: string;
  readonly errors?: readonly (readonly Issue[])[];
  readonly issues?: readonly Issue[];
  readonly options?: readonly unknown[];
}

/** What was refused and what to do, and the path of the key that it is about. */
export interface Description {
  readonly path: Path;
  readonly message: string;
}

/**
 * Says an issue in the words of an operator who looks at the file: the value as it is there, and a remedy.
 * @param input what the schema was given
 * @param schema when it is zod's, unknown keys are compared with the known ones
 * @param alsoKnown keys at the top that somebody else reads
 */
export function describeIssue(
  issue: Issue,
  input: unknown,
  schema?: unknown,
  alsoKnown: readonly string[] = [],
): Description {
  const path = plainPath(issue.path);
  const value = valueAt(input, path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const [key = ""] = issue.keys ?? [];
      const known = [...knownKeys(schema, path), ...(path.length === 0 ? alsoKnown : [])];
      return { path: [...path, key], message: `unknown setting; ${suggest(key, known)}` };
    }
    case "invalid_key":
      return { path, message: `${show(path.at(-1))} ${issue.issues?.[0]?.message ?? issue.message}` };
    case "invalid_union":
      return describeUnion(issue, path, input, schema);
    case "invalid_type":
      return { path, message: describeType(issue.expected ?? "", value, path) };
    case "invalid_value":
      return { path, message: `${show(value)} is not known here; write ${list(issue.values ?? [])}` };
    case "too_small":
    case "too_big":
      return { path, message: describeSize(issue, value) };
    default: {
      // Messages such as "must be …" and "is no …" speak of a value that they cannot show.
      const scalar = typeof value !== "object" && value !== undefined;
      const shown = scalar && /^(must|is|has|holds|uses) /.test(issue.message) ? `${show(value)} ` : "";
      return { path, message: shown + issue.message };
    }
  }
}

/** A value as it stands in the file, short and on one line. */
export function show(value: unknown): string {
  if (typeof value === "string") {
    const short = value.length > 60 ? `${value.slice(0, 60)}…` : value;
    return visible(JSON.stringify(short));
  }
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a table";
  return `${value as number | boolean | undefined}`;
}

/** Either the nearest of the known words or all of them. */
export function suggest(typed: string, known: readonly string[]): string {
  const nearest = findNearest(typed, known);
  if (nearest !== undefined) return `did you mean ${nearest}?`;
  return known.length === 0 ? "remove it" : `known here: ${known.join(", ")}`;
}

function plainPath(path: Issue["path"]): Path {
  return (path ?? []).map((part) => {
    const key = typeof part === "object" ? part.key : part;
    return typeof key === "number" ? key : String(key);
  });
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

function describeType(expected: string, value: unknown, path: Path): string {
  const { what, example, remedy } = types[expected] ?? { what: expected, example: "…", remedy: "correct it" };
  if (value === undefined) return `is missing; add ${formatKey(path.slice(-1))} = ${example}`;
  return `${show(value)} is not ${what}; ${remedy}`;
}

const table = {
  what: "a table",
  example: "{ … }",
  remedy: "write its settings below a [table] of this name",
};
const types: Readonly<Record<string, { what: string; example: string; remedy: string }>> = {
  string: { what: "text", example: '"…"', remedy: "write it in quotes" },
  boolean: { what: "true or false", example: "true", remedy: "write one of them, without quotes" },
  number: { what: "a number", example: "20", remedy: "write one like 20, without quotes" },
  int: { what: "a whole number", example: "20", remedy: "write one like 20" },
  array: { what: "a list", example: "[ … ]", remedy: "write it in brackets: [ … ]" },
  object: table,
  record: table,
};

function describeSize(issue: Issue, value: unknown): string {
  const isSmall = issue.code === "too_small";
  const bound = isSmall ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  switch (issue.origin) {
    case "string":
      if (value === "") return `is empty; write something`;
      return `${show(value)} is too ${isSmall ? "short" : "long"}; write ${bound} characters`;
    case "array":
      return `holds too ${isSmall ? "few" : "many"} values; write ${bound}`;
    default:
      return `${show(value)} is too ${isSmall ? "small" : "large"}; write ${bound}`;
  }
}

function describeUnion(issue: Issue, path: Path, input: unknown, schema: unknown): Description {
  if (issue.options)
    return { path, message: `${show(valueAt(input, path))} is not known here; write ${list(issue.options)}` };
  // The branch that came furthest is the one that was meant.
  const branches = (issue.errors ?? []).flatMap(([first]) => (first ? [first] : []));
  const deepest = branches.toSorted((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0))[0];
  if (deepest && (deepest.path?.length ?? 0) > 0) {
    return describeIssue({ ...deepest, path: [...path, ...(deepest.path ?? [])] }, input, schema);
  }
  const said = branches.map(
    (branch) => describeIssue({ ...branch, path: issue.path }, input, schema).message,
  );
  return { path, message: said[0] ?? issue.message };
}

function list(values: readonly unknown[]): string {
  return values.map(show).join(" or ");
}

interface ZodNode {
  readonly def: {
    readonly innerType?: { readonly _zod: ZodNode };
    readonly in?: { readonly _zod: ZodNode };
  } & Record<"shape" | "valueType" | "element", unknown>;
}

/** The keys that a zod schema knows at a path; none when it is another kind of schema. */
function knownKeys(schema: unknown, path: Path): string[] {
  let node = unwrap(schema);
  for (const part of path) {
    const { shape, valueType, element } = node?.def ?? {};
    node = unwrap(isRecord(shape) ? shape[part] : (valueType ?? element));
  }
  return isRecord(node?.def.shape) ? Object.keys(node.def.shape) : [];
}

/** Looks through default, optional, pipe and the like. */
function unwrap(schema: unknown): ZodNode | undefined {
  let node = isRecord(schema) ? (schema["_zod"] as ZodNode | undefined) : undefined;
  for (;;) {
    const inner = node?.def.innerType ?? node?.def.in;
    if (!inner) return node;
    node = inner._zod;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
