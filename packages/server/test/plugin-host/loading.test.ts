import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkPlugins } from "../../src/plugin-host/check.ts";
import { config, folder, host, plugin, setup, tableLine } from "./staging.ts";

/** What the operator reads when this table's plugin does not start. */
async function refusalOf(toml: string): Promise<string> {
  const error = await host()
    .stage(await config(toml))
    .then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
  expect(error?.name).toBe("ConfigError");
  return error!.message.replaceAll(folder.path, "DIR");
}

describe.each(["none", "worker"])(
  "a plugin that cannot be loaded (isolate = %s) is refused with the remedy:",
  (isolate) => {
    const table = `[plugins.own]\nisolate = "${isolate}"\nfrom = `;
    test.each([
      [
        "no such file",
        undefined,
        `palaver.toml:${tableLine + 2}: plugins.own.from: there is no file DIR/missing.ts; write its path relative to the configuration`,
      ],
      [
        "an import of its own is missing",
        'import "./other.ts";',
        "DIR/own.ts imports DIR/other.ts, which is not there; mend its path",
      ],
      ["a syntax error", "const x = 1;\nexport default {{;", "own.ts:2)"],
      [
        "TypeScript that is no JavaScript",
        "enum X { a }",
        "strip-only mode) (DIR/own.ts:1); do without enum",
      ],
      ["it throws at once", 'throw new Error("no luck");', "cannot be loaded: Error: no luck"],
      ["no default export", "export const x = 1;", "is no plugin; it must export one by default"],
      ["null for a default", "export default null;", "is no plugin"],
      [
        "another interface",
        'export default { name: "own", api: 2, setup() {} };',
        "is written for plugin interface 2, this hub speaks 1",
      ],
      [
        "an interface that is no number",
        'export default { name: "own", api: "1", setup() {} };',
        "./own.ts has no number as its api; write api: 1",
      ],
      ["no name", "export default { api: 1, setup() {} };", './own.ts has no name; write name: "own"'],
      [
        "a part that no definition has",
        plugin(`need: ["storage"], ${setup}`),
        '"need", which is no part of a plugin; did you mean needs?',
      ],
      [
        "an isolation that there is not",
        plugin(`isolate: "thread", ${setup}`),
        './own.ts has isolate: "thread"; write isolate: "worker", or leave it out',
      ],
      [
        "a config that is no schema",
        plugin(`config: {}, ${setup}`),
        "./own.ts has a config that is no schema; write config: z.strictObject({ … })",
      ],
      [
        "another name",
        'export default { name: "mine", api: 1, setup() {} };',
        'names itself "mine"; configure it as [plugins.mine]',
      ],
      [
        "a name that is taken",
        'export default { name: "echo", api: 1, setup() {} };',
        'names itself "echo"; another plugin has that name',
      ],
      [
        "a need that is not granted",
        plugin(`needs: ["storage"], ${setup}`),
        'own needs storage; if you trust it with that, write grant = ["storage"]',
      ],
      [
        "a need that no hub has",
        plugin(`needs: ["network"], ${setup}`),
        'own needs "network", which no hub has; there is users',
      ],
      [
        "a setup that fails",
        plugin('setup() { throw new Error("no disk"); }'),
        "own could not start: no disk",
      ],
      [
        "a setup that throws nothing",
        plugin("async setup() { throw undefined; }"),
        "own could not start: it threw undefined, which is no Error",
      ],
      ["a setup that gives nothing", plugin("setup() {}"), "its setup gave nothing back"],
      [
        "a command without run",
        plugin('setup: () => ({ commands: { x: { summary: "x" } } })'),
        "its command x has no summary or no run",
      ],
      [
        "a command's name",
        plugin('setup: () => ({ commands: { "X y": { summary: "x", run() {} } } })'),
        '"X y" is no name for a command',
      ],
      [
        "another plugin's command",
        plugin('setup: () => ({ commands: { echo: { summary: "x", run() {} } } })'),
        "own: its command echo is already that of the plugin echo",
      ],
    ])("%s", async (_what, source, message) => {
      if (source !== undefined) folder.write("own.ts", source);
      const file = source === undefined ? "./missing.ts" : "./own.ts";
      expect(await refusalOf(`${table}"${file}"`)).toContain(message);
    });

    test.each([
      ["helper.ts", "const x = 1;\nenum X { a }", "strip-only mode) (DIR/helper.ts:2); do without enum"],
      ["helper.mjs", "const x = ;", "Unexpected token ';' (DIR/helper.mjs; node --check shows the line)"],
      ["helper.cjs", "\nmodule.exports = {{", "(DIR/helper.cjs:2)"],
      [
        "helper.ts",
        'import "nobody";',
        "DIR/helper.ts imports nobody, which is not there; install it beside",
      ],
      [
        "helper.cjs",
        'require("nobody");',
        "DIR/helper.cjs imports nobody, which is not there; install it beside",
      ],
    ])("a mistake in %s, which it imports, with its place: %s", async (helper, source, message) => {
      folder.write(helper, source);
      folder.write("own.ts", `import "./${helper}"; import "./fine.ts";`);
      folder.write("fine.ts", "export const x = 1;");
      expect(await refusalOf(`${table}"./own.ts"`)).toContain(message);
    });

    test.each([
      ["dice.ts", 'dice.ts is read as the name of a package; for the file write "./dice.ts"'],
      [
        "deep/dice.mjs",
        'deep/dice.mjs is read as the name of a package; for the file write "./deep/dice.mjs"',
      ],
      ["beside", 'beside is read as the name of a package; for the file write "./beside"'],
      ["~/dice.ts", "~/dice.ts: ~ stands for no folder here; write the whole path"],
      ["@own/dice/fair", "the package @own/dice is not installed; run npm install @own/dice in DIR"],
      ["./", "DIR is a folder; write which file in it is the plugin"],
    ])("a path that is none: %s", async (from, message) => {
      folder.write("beside", "");
      expect(await refusalOf(`${table}"${from}"`)).toContain(message);
    });

    test("settings, with file, line and key, also by check", async () => {
      folder.write(
        "strict.ts",
        'import * as z from "zod"; export default { name: "own", api: 1, config: z.strictObject({ sides: z.int() }), setup: () => ({}) };',
      );
      const toml = `${table}"./strict.ts"\nsides = 6\nsidse = 7\n`;
      const message = `palaver.toml:${tableLine + 4}: plugins.own.sidse: unknown setting; did you mean sides?`;
      expect(await refusalOf(toml)).toContain(message);
      await expect(checkPlugins(await config(toml))).rejects.toThrow(message);
    });

    test("what is near a setting of the hub's is asked for, in a plugin that has none", async () => {
      folder.write("own.ts", plugin(setup));
      const message = "plugins.own.enabeld: own has no settings; did you mean enabled?";
      expect(await refusalOf(`${table}"./own.ts"\nenabeld = false\n`)).toContain(message);
      const stray = "plugins.own.colour: own has no settings; remove it";
      expect(await refusalOf(`${table}"./own.ts"\ncolour = 5\n`)).toContain(stray);
    });

    test("a folder for its storage that cannot be made is named, with what to do", async () => {
      folder.write("kept.ts", `export default { name: "kept", api: 1, needs: ["storage"], ${setup} };`);
      folder.write("data/plugins/kept", "");
      const toml = `[plugins.kept]\nisolate = "${isolate}"\ngrant = "all"\nfrom = "./kept.ts"\n`;
      expect(await refusalOf(toml)).toMatch(
        /DIR\/data\/plugins\/kept cannot be used: EEXIST.*; see that its disk is not full and can be written/,
      );
    });

    test("a package that is not there, and one that is, from the configuration's folder", async () => {
      expect(await refusalOf(`${table}"palaver-plugin-own"`)).toContain(
        "the package palaver-plugin-own is not installed; run npm install palaver-plugin-own in ",
      );
      const home = "node_modules/palaver-plugin-there";
      folder.write(
        `${home}/package.json`,
        '{ "name": "palaver-plugin-there", "type": "module", "exports": "./main.js" }',
      );
      folder.write(
        `${home}/main.js`,
        `import { x } from "./x.js"; ${plugin("setup: () => ({ commands: { [x]: { summary: x, run: () => x } } })")}`,
      );
      folder.write(`${home}/x.js`, 'export const x = "there";');
      const there = host();
      (await there.stage(await config(`${table}"palaver-plugin-there"`))).commit();
      expect(there.registry.find("there")?.command.summary).toBe("there");
      expect(there.files().get("own")).toEqual([
        join(folder.path, home, "main.js"),
        join(folder.path, home, "x.js"),
      ]);
      await there.dispose();
    });
  },
);

test("a file that was deleted before a reload is named", async () => {
  folder.write("gone.ts", `import "./went.ts"; ${plugin(setup)}`);
  folder.write("went.ts", "");
  const wanted = await config('[plugins.own]\nfrom = "./gone.ts"\n');
  const plugins = host();
  (await plugins.stage(wanted)).commit();
  for (const [file, message] of [
    ["went.ts", "imports DIR/went.ts, which is not there; mend its path"],
    ["gone.ts", "there is no file DIR/gone.ts; write its path"],
  ] as const) {
    rmSync(join(folder.path, file));
    await expect(plugins.stage(wanted, "own")).rejects.toThrow(message.replace("DIR", folder.path));
  }
  await plugins.dispose();
});
