import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { shippedPlugins } from "../../packages/server/src/config/load.ts";
import { fileSchema } from "../../packages/server/src/config/schema.ts";
import { isAt, isBelow, readExample, type ExampleEntry } from "./example.ts";
import { table } from "./table.ts";

/** What is read of a schema: zod's own types are not among this folder's dependencies. */
interface Schema {
  readonly _zod: {
    readonly def: {
      readonly type: string;
      readonly innerType?: Schema;
      readonly in?: Schema;
      readonly shape?: Readonly<Record<string, Schema>>;
      readonly valueType?: Schema;
      readonly element?: Schema;
      readonly options?: readonly Schema[];
    };
  };
  toJSONSchema(options: object): JsonSchema;
}

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
}

interface Row {
  /** `plugins.exec.commands.NAME`; empty for what stands above all tables. */
  readonly table: string;
  readonly key: string;
  readonly fallback: string;
  readonly takes: string;
  readonly words: string;
}

/**
 * Every setting: types and bounds from the schemas, words and values from the example.
 * @throws {Error} naming a setting that the example does not explain.
 */
export async function settingsPage(): Promise<string> {
  const example = readExample(readFileSync(new URL("../../palaver.example.toml", import.meta.url), "utf8"));
  const rows = [...rowsOf(fileSchema as unknown as Schema, "", example)];
  for (const name of shippedPlugins) {
    const place = new URL(`../../packages/plugins/src/${name}/index.ts`, import.meta.url);
    const { default: plugin } = (await import(place.href)) as { default: { config?: Schema } };
    if (plugin.config) rows.push(...rowsOf(plugin.config, `plugins.${name}`, example));
  }
  const places = Map.groupBy(rows, (row) => row.table);
  const order = (name: string) => (name === "" ? -1 : example.findIndex(isBelow(name)));
  const sections = Array.from(places, ([name, own]) => ({ name, own }))
    .toSorted((one, other) => order(one.name) - order(other.name))
    .map(({ name, own }) => {
      const words = example.find(isAt(name))?.words;
      return [
        `## ${name === "" ? "Above all tables" : `[${name}]`}`,
        ...(words ? [words] : []),
        table(
          ["setting", "default", "takes", "is"],
          own.map((row) => [`\`${row.key}\``, row.fallback, row.takes, row.words]),
        ),
      ].join("\n\n");
    });
  return `# Settings

What \`palaverd --config FILE\` reads. [Configuration](../configuration.md) explains how; \`palaver.example.toml\` is a file to
begin with. Durations are written \`500ms\`, \`5s\`, \`10m\`, \`2h\`, \`7d\`, sizes \`64KiB\`, \`10MiB\`, \`2GiB\`. A reload takes a
setting over unless it takes effect at the next start. NAME stands for a name of yours.

${sections.join("\n\n")}
`;
}

function rowsOf(schema: Schema, path: string, example: readonly ExampleEntry[]): readonly Row[] {
  const { shape, valueType, options, element } = inside(schema)._zod.def;
  if (options) return rowsOfKinds(options, path, example);
  if (valueType) return rowsOf(valueType, `${path}.NAME`, example);
  if (element) return rowsOf(element, path, example);
  return Object.entries(shape ?? {}).flatMap(([key, field]) => {
    const own = path === "" ? key : `${path}.${key}`;
    // A table of its own, unless the example writes it in one line.
    if (isTable(field) && example.find(isAt(own))?.value === undefined) return rowsOf(field, own, example);
    return [rowOf(path, key, field, example)];
  });
}

/** The kinds of an argument: what each has of its own, and once what all have. */
function rowsOfKinds(
  kinds: readonly Schema[],
  path: string,
  example: readonly ExampleEntry[],
): readonly Row[] {
  const shapes = kinds.map((kind) => inside(kind)._zod.def.shape ?? {});
  const [first = {}] = shapes;
  const isShared = (key: string) => shapes.every((shape) => key in shape);
  const types = shapes.map(({ type }) => (type ? takes(type.toJSONSchema(input)) : ""));
  const rows = shapes.flatMap((shape, index) =>
    Object.entries(shape)
      .filter(([key]) => !isShared(key))
      .map(([key, field]) => ({
        ...rowOf(path, key, field, example),
        fallback: "must be there",
        words: `Of the type ${types[index]}.`,
      })),
  );
  const shared = Object.entries(first)
    .filter(([key]) => isShared(key))
    .map(([key, field]) => rowOf(path, key, field, example));
  return [...shared.map((row) => (row.key === "type" ? { ...row, takes: types.join(", ") } : row)), ...rows];
}

function rowOf(place: string, key: string, field: Schema, example: readonly ExampleEntry[]): Row {
  const path = place === "" ? key : `${place}.${key}`;
  const { value, words = "" } = example.find(isAt(path)) ?? {};
  const { type } = field._zod.def;
  const json = field.toJSONSchema(input);
  // Kinds of arguments have words of their own.
  if (words === "" && value !== undefined) {
    throw new Error(`palaver.example.toml has no comment above ${path}; write one that says what it is`);
  }
  const [sentence, said] = /\s*Default: (.*?)\.(?= |$)/.exec(words) ?? [];
  const shown = value === undefined ? undefined : `\`${value}\``;
  let fallback = said ?? "none";
  if (type === "default" || type === "prefault") {
    const isExample =
      json.default !== undefined && type === "default" && value !== undefined && !isSame(json.default, value);
    fallback = isExample ? `\`${JSON.stringify(json.default)}\`` : (shown ?? "none");
  } else if (type !== "optional") fallback = "must be there";
  return { table: place, key, fallback, takes: takes(json), words: words.replace(sentence ?? "", "").trim() };
}

function isSame(value: unknown, written: string): boolean {
  return JSON.stringify(parse(`x = ${written}`)["x"]) === JSON.stringify(value);
}

const input = { io: "input", unrepresentable: "any" };

/** Whether it holds settings with names, be it once or by a name of the operator's. */
function isTable(field: Schema): boolean {
  const { type, valueType, element } = inside(field)._zod.def;
  if (type === "object" || type === "union") return inside(field)._zod.def.shape !== undefined;
  const each = valueType ?? element;
  return each !== undefined && ["object", "union"].includes(inside(each)._zod.def.type) && !isChoice(each);
}

function isChoice(schema: Schema): boolean {
  const { options } = inside(schema)._zod.def;
  return options !== undefined && options.every((option) => inside(option)._zod.def.shape === undefined);
}

function inside(schema: Schema): Schema {
  const { innerType, in: before } = schema._zod.def;
  const inner = innerType ?? before;
  return inner ? inside(inner) : schema;
}

/** What may be written there, in a few words. */
function takes(schema: JsonSchema): string {
  const { type, description, properties, items, additionalProperties: values } = schema;
  if (description !== undefined) return description;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(", ");
  if (schema.anyOf) return schema.anyOf.map(takes).join(" or ");
  if (type === "boolean") return "`true`, `false`";
  if (type === "integer") return range(schema);
  if (type === "array") return `${count(schema)}${items ? takes(items) : "anything"}`;
  if (properties)
    return `{ ${Object.entries(properties)
      .map(([key, value]) => `${key} = ${takes(value)}`)
      .join(", ")} }`;
  if (typeof values === "object") return `{ NAME = ${takes(values)} }`;
  return schema.maxLength === undefined ? "text" : `text of at most ${number(schema.maxLength)} characters`;
}

function range({ minimum = -Infinity, maximum = Infinity }: JsonSchema): string {
  const isBounded = maximum < Number.MAX_SAFE_INTEGER;
  return isBounded ? `${number(minimum)} to ${number(maximum)}` : "a whole number";
}

function count({ minItems = 0, maxItems }: JsonSchema): string {
  const bound = maxItems === undefined ? "" : `at most ${number(maxItems)}: `;
  return `list${minItems > 0 ? " of one or more" : ""}${bound === "" ? ": " : `, ${bound}`}`;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}
