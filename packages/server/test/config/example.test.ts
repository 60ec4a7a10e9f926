import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "smol-toml";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { $ZodType } from "zod/v4/core";
import { loadConfig, shippedPlugins } from "../../src/config/load.ts";
import { fileSchema, pluginKeys } from "../../src/config/schema.ts";
import { checkPlugins } from "../../src/plugin-host/check.ts";

const example = join(import.meta.dirname, "../../../../palaver.example.toml");
const around = { cwd: "/", env: {}, isTerminal: false };

let directory: string;
let source: string;
/** With every setting in force. A `#` before a setting touches it; a comment has a blank between. */
let uncommented: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "palaver-example-"));
  source = await readFile(example, "utf8");
  uncommented = join(directory, "palaver.toml");
  await writeFile(uncommented, source.replace(/^#(?=\S)/gm, ""));
});
afterAll(() => rm(directory, { recursive: true }));

it("as it is, the example changes nothing", async () => {
  const { file, directory: _, locate, ...config } = await loadConfig({ config: example }, around);
  const defaults = await loadConfig({}, around);
  expect(file).toBe(example);
  expect(JSON.stringify(config)).toBe(JSON.stringify({ ...defaults, file: undefined, directory: undefined }));
  expect([...config.plugins]).toEqual([...defaults.plugins]);
  await checkPlugins({ ...config, file, directory: "/", locate });
});

it("with every # taken away, the example holds and shows the defaults", async () => {
  const config = await loadConfig({ config: uncommented }, around);
  const defaults = await loadConfig({}, around);
  expect(JSON.stringify(config.listen)).toBe(JSON.stringify(defaults.listen));
  expect(config).toMatchObject({ text: defaults.text, limits: defaults.limits });
  expect(config.log).toMatchObject({ level: defaults.log.level, format: "json" });
  const shipped = [...config.plugins].filter(([name]) =>
    (shippedPlugins as readonly string[]).includes(name),
  );
  expect(shipped).toHaveLength(shippedPlugins.length);
  await checkPlugins({ ...config, plugins: new Map(shipped) });
  for (const [name, { settings }] of shipped) {
    const { _zod } = ((await schemaOf(name)) ?? {}) as Partial<$ZodType>;
    for (const [key, schema] of Object.entries((_zod?.def as Definition | undefined)?.shape ?? {})) {
      const { defaultValue } = schema._zod.def as Definition;
      const isFilled = typeof defaultValue === "object" && !Array.isArray(defaultValue);
      // What has no default is shown by an example.
      if (defaultValue !== undefined && !isFilled)
        expect({ key, value: (settings as never)[key] }).toEqual({ key, value: defaultValue });
    }
  }
});

it("the example leaves no setting out", async () => {
  const document = parse(await readFile(uncommented, "utf8")) as {
    plugins: Record<string, unknown> & Examples;
  };
  expect(missing(fileSchema, [document], "")).toEqual([]);
  for (const name of shippedPlugins) {
    const schema = await schemaOf(name);
    if (schema) expect(missing(schema, [document.plugins[name]], `plugins.${name}`)).toEqual([]);
  }
  const tables = Object.values(document.plugins) as object[];
  const [argument = {}] = Object.values(document.plugins.exec.commands.disk.args);
  expect(Object.keys(argument)).toEqual(
    expect.arrayContaining(["default", "optional", "allow_dash", "secret"]),
  );
  for (const key of Object.keys(pluginKeys))
    expect(
      tables.some((table) => key in table),
      key,
    ).toBe(true);
});

interface Examples {
  readonly exec: {
    readonly commands: { readonly disk: { readonly args: Readonly<Record<string, object>> } };
  };
}

async function schemaOf(plugin: string): Promise<$ZodType | undefined> {
  const module = (await import(`@palaver/plugins/${plugin}`)) as { default: { config?: $ZodType } };
  return module.default.config;
}

interface Definition {
  readonly innerType?: $ZodType;
  readonly in?: $ZodType;
  readonly shape?: Readonly<Record<string, $ZodType>>;
  readonly element?: $ZodType;
  readonly valueType?: $ZodType;
  readonly options?: readonly $ZodType[];
  readonly catchall?: $ZodType;
  readonly defaultValue?: unknown;
}

/** Keys of a schema that none of the values has. */
function missing(schema: $ZodType, values: readonly unknown[], path: string): string[] {
  const {
    innerType,
    in: input,
    shape,
    element,
    valueType,
    options,
    catchall,
  } = schema._zod.def as Definition;
  const inner = innerType ?? input;
  if (inner) return missing(inner, values, path);
  if (options)
    return options.flatMap((option) =>
      missing(
        option,
        values.filter((value) => fits(option, value)),
        path,
      ),
    );
  if (element) return missing(element, values.flat(), `${path}[]`);
  // The plugins' own settings have schemas of their own.
  if (catchall && catchall._zod.def.type === "unknown") return [];
  if (valueType)
    return missing(
      valueType,
      values.flatMap((value) => Object.values(value as object)),
      `${path}.*`,
    );
  return Object.entries(shape ?? {}).flatMap(([key, field]) => {
    const found = values.filter((value) => key in (value as object)).map((value) => (value as never)[key]);
    // Every type of argument has these; one shows them.
    const isShared =
      path.endsWith(".args.*") && ["default", "optional", "allow_dash", "secret"].includes(key);
    if (found.length === 0) return isShared ? [] : [`${path}.${key}`];
    return missing(field, found, `${path}.${key}`);
  });
}

function fits(option: $ZodType, value: unknown): boolean {
  const type = (option._zod.def as Definition).shape?.["type"];
  if (!type) return false;
  const { values } = type._zod;
  return values?.has((value as { type: string }).type) ?? false;
}
