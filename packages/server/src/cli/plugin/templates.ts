/** The plugin that `plugin new` writes: small, with each part that most plugins have. */
export function pluginSource(name: string): string {
  return `import { command, definePlugin } from "@palaver/plugin-api";
import * as z from "zod";

export default definePlugin({
  name: "${name}",
  api: 1,
  config: z.strictObject({ greeting: z.string().default("Hello") }),
  setup: ({ config }) => ({
    commands: {
      ${/^[a-z]+$/.test(name) ? name : `"${name}"`}: command({
        summary: "Greet somebody: ${name} Ada",
        args: { who: z.string() },
        run: ({ args }) => \`\${config.greeting}, \${args.who}!\`,
      }),
    },
  }),
});
`;
}

/** Its test; it runs wherever the hub's copy of the test kit is lent. */
export function testSource(name: string): string {
  return `import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestHub } from "@palaver/plugin-api/testing";
import plugin from "./${name}.ts";

test("greets by name", async () => {
  await using hub = await createTestHub(plugin);
  assert.deepEqual(await hub.as("ada").send("/${name} Bob"), ["Hello, Bob!"]);
});

test("greets as the operator likes", async () => {
  await using hub = await createTestHub(plugin, { config: { greeting: "Good morning" } });
  assert.deepEqual(await hub.as("ada").send("/${name} Bob"), ["Good morning, Bob!"]);
});

test("says what is missing", async () => {
  await using hub = await createTestHub(plugin);
  const call = hub.as("ada").send("/${name}");
  assert.deepEqual(await call, ["who is missing. Usage: ${name} <who…>"]);
  assert.equal(call.refusal?.code, "INVALID");
});
`;
}

/** Lets editors and tsc find the types of the hub's copies. */
export function compilerSettings(
  paths: Readonly<Record<string, readonly string[]>>,
  typeRoot: string,
): string {
  const compilerOptions = {
    target: "es2024",
    lib: ["es2024", "esnext.disposable"],
    module: "esnext",
    moduleResolution: "bundler",
    strict: true,
    noEmit: true,
    rewriteRelativeImportExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    skipLibCheck: true,
    types: ["node"],
    typeRoots: [typeRoot],
    paths,
  };
  return `${JSON.stringify({ compilerOptions }, undefined, 2)}\n`;
}
