import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as z from "zod";
import { loadConfig } from "../../src/config/load.ts";
import { describeSettings } from "../../src/config/settings-refusal.ts";
import { settingsError } from "../../src/plugin-host/settings.ts";

const schema = z.strictObject({
  files: z
    .array(z.string().refine((path) => path.startsWith("./"), "must be a path below the file"))
    .default([]),
  commands: z.record(z.string(), z.strictObject({ argv: z.array(z.string()).min(1) })).default({}),
  kind: z.discriminatedUnion("type", [z.strictObject({ type: z.literal("a"), n: z.int() })]).optional(),
  port: z.union([z.literal("any"), z.array(z.int())]).optional(),
});

it.each([
  ['files = ["./a",\n"b"]', '3: plugins.dict.files[1]: "b" must be a path below the file'],
  ["fils = []", "2: plugins.dict.fils: unknown setting; did you mean files?"],
  ["enabeld = false", "2: plugins.dict.enabeld: unknown setting; did you mean enabled?"],
  ["commands.x = { argw = [] }", "2: plugins.dict.commands.x.argv: is missing; add argv = [ … ]"],
  [
    "commands.x = { argv = ['a'], argvs = 1 }",
    "2: plugins.dict.commands.x.argvs: unknown setting; did you mean argv?",
  ],
  ['kind.type = "b"', '2: plugins.dict.kind.type: "b" is not known here; write "a"'],
  [
    'kind = { type = "a", n = "1" }',
    '2: plugins.dict.kind.n: "1" is not a number; write one like 20, without quotes',
  ],
  ['port = [1,\n"x"]', '3: plugins.dict.port[1]: "x" is not a number; write one like 20, without quotes'],
])("a plugin's settings are refused where they stand: %j", async (settings, message) => {
  const directory = await mkdtemp(join(tmpdir(), "palaver-config-"));
  try {
    const file = join(directory, "p.toml");
    await writeFile(file, `[plugins.dict]\n${settings}`);
    const config = await loadConfig({ config: file }, { cwd: "/", env: {}, isTerminal: false });
    const wanted = config.plugins.get("dict")!;
    const result = schema.safeParse(wanted.settings);
    const problem = describeSettings(result.error!.issues[0]!, wanted.settings, schema);
    expect(settingsError(problem, wanted, config).message).toBe(`${file}:${message}`);
  } finally {
    await rm(directory, { recursive: true });
  }
});
