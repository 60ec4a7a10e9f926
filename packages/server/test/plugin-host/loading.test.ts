import { rmSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createTemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";
import { loadConfig, shippedPlugins } from "../../src/config/load.ts";
import { checkPlugins } from "../../src/plugin-host/check.ts";
import { createPluginHost } from "../../src/plugin-host/host.ts";

const folder = createTemporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const others = shippedPlugins.filter((name) => name !== "echo");
const none = others.map((name) => `[plugins.${name}]\nenabled = false\n`).join("");
/** Where a test's own table begins: after the data, and two lines for each plugin that is left out. */
const tableLine = 2 * others.length + 2;
const config = async (toml: string) =>
  loadConfig(
    { config: folder.write("palaver.toml", `data = "data"\n${none}${toml}`) },
    { cwd: folder.path, env: {}, isTerminal: false },
  );
const host = () => createPluginHost({ log: pino({ level: "silent" }), shared: {} as never, builtIn: [] });

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

const plugin = (body: string) => `export default { name: "own", api: 1, ${body} };`;
const setup = "setup: () => ({})";

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

describe("what takes for ever is given up, and named, and the next reload finds its way:", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());
  const waits = "await new Promise(() => globalThis.waits());";
  afterEach(() => void Reflect.deleteProperty(globalThis, "waits"));
  test.each([
    [
      "its import",
      `${waits} ${plugin(setup)}`,
      "./slow.ts: importing it took longer than 60 s; at its top level, or that of a file it imports, let it wait for nothing: wait in setup",
    ],
    [
      "the schema of its settings",
      plugin(`config: { "~standard": { validate: async () => { ${waits} } } }, ${setup}`),
      "own could not start: the schema of its settings took longer than 60 s; mend it, or leave the plugin out",
    ],
    [
      "its setup",
      plugin(`async setup() { ${waits} }`),
      "own could not start: its setup took longer than 60 s; mend it, or leave the plugin out",
    ],
  ])("%s", async (what, source, message) => {
    const wanted = await config('[plugins.own]\nfrom = "./slow.ts"\n');
    const plugins = host();
    folder.write("slow.ts", plugin(setup));
    (await plugins.stage(wanted)).commit();
    folder.write("slow.ts", source);
    const starts = [() => plugins.stage(wanted, "own"), () => checkPlugins(wanted)];
    // Check sets nothing up.
    for (const start of what === "its setup" ? starts.slice(0, 1) : starts) {
      const waiting = new Promise<void>((resolve) => Object.assign(globalThis, { waits: resolve }));
      const started = start();
      await waiting;
      vi.advanceTimersByTime(60_000);
      await expect(started).rejects.toThrow(message);
    }
    folder.write("slow.ts", plugin(setup));
    (await plugins.stage(wanted, "own")).commit();
    await plugins.dispose();
  });
});

describe("what the hub gave is taken back from a plugin", () => {
  afterEach(() => void vi.useRealTimers());
  const kept = () => (globalThis as unknown as { kept: Record<string, () => unknown> }).kept;
  afterEach(() => void Reflect.deleteProperty(globalThis, "kept"));

  test("whose end never comes", async () => {
    folder.write(
      "own.ts",
      plugin(`needs: ["storage"], setup({ storage, signal }) {
        const database = storage.database("own.db");
        const ending = new Promise((resolve) => signal.addEventListener("abort", resolve));
        globalThis.kept = { ending, isOpen: () => database.isOpen, reopen: () => storage.database("own.db") };
        return { [Symbol.asyncDispose]: () => new Promise(() => {}) };
      }`),
    );
    const plugins = host();
    (await plugins.stage(await config('[plugins.own]\nfrom = "./own.ts"\ngrant = "all"\n'))).commit();
    expect(kept()["isOpen"]!()).toBe(true);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const disposed = plugins.dispose();
    await kept()["ending"];
    await vi.advanceTimersByTimeAsync(2000);
    await disposed;
    expect(kept()["isOpen"]!()).toBe(false);
    expect(kept()["reopen"]).toThrow("the plugin was ended, and its storage with it");
  });

  test("whose setup comes to its end too late, and it is disposed", async () => {
    folder.write(
      "own.ts",
      plugin(`async setup() {
        await new Promise((resolve) => (globalThis.kept.goOn = resolve, globalThis.kept.begun()));
        return { async [Symbol.asyncDispose]() { globalThis.kept.disposed(); } };
      }`),
    );
    const [begun, disposed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    Object.assign(globalThis, { kept: { begun: begun.resolve, disposed: disposed.resolve } });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const staged = host().stage(await config('[plugins.own]\nfrom = "./own.ts"\n'));
    await begun.promise;
    vi.advanceTimersByTime(60_000);
    await expect(staged).rejects.toThrow("its setup took longer than 60 s");
    kept()["goOn"]!();
    await disposed.promise;
  });
});

test("a new generation has new imports, and one that fails leaves the old one and is watched all the same", async () => {
  folder.write(
    "gen.ts",
    `import { word } from "./deep/word.ts"; ${plugin("setup: () => ({ commands: { say: { summary: word, run() {} } } })")}`,
  );
  folder.write("deep/word.ts", 'export { word } from "../word.ts";');
  folder.write("word.ts", 'export const word = "one";');
  const wanted = await config('[plugins.own]\nfrom = "./gen.ts"\n');
  const plugins = host();
  (await plugins.stage(wanted)).commit();
  expect(plugins.registry.find("say")?.command.summary).toBe("one");
  folder.write("word.ts", 'export const word = "two";');
  const old = plugins.registry.find("echo");
  await (await plugins.stage(wanted, "own")).commit()();
  expect(plugins.registry.find("say")?.command.summary).toBe("two");
  // The other plugins are the ones that ran before.
  expect(plugins.registry.find("echo")?.command).toBe(old?.command);
  folder.write("word.ts", 'import "./new.ts"; export const word = "three";');
  folder.write("new.ts", "}");
  await expect(plugins.stage(wanted, "own")).rejects.toThrow("cannot be loaded");
  expect(plugins.registry.find("say")?.command.summary).toBe("two");
  expect(plugins.files().get("own")).toContain(join(folder.path, "new.ts"));
  await expect(plugins.stage(wanted, "nobody")).rejects.toThrow("no plugin nobody runs here");
  await plugins.dispose();
});

test.each(["none", "worker"])(
  "a plugin may be CommonJS: lent what others are, loaded anew as they are (isolate = %s)",
  async (isolate) => {
    // `require` would look there, too; a worker begins without.
    vi.stubEnv("NODE_PATH", undefined);
    folder.write(
      "own.cjs",
      `const { definePlugin } = require("@palaver/plugin-api");
    const { strictObject } = require("zod");
    const { word } = require("./word.cjs");
    const say = { summary: word, run() {} };
    module.exports = definePlugin({ name: "own", api: 1, config: strictObject({}), setup: () => ({ commands: { say } }) });`,
    );
    const wanted = await config(`[plugins.own]\nfrom = "./own.cjs"\nisolate = "${isolate}"\n`);
    const plugins = host();
    for (const word of ["one", "two"]) {
      folder.write("word.cjs", `exports.word = "${word}";`);
      await (await plugins.stage(wanted)).commit()();
      expect(plugins.registry.find("say")?.command.summary).toBe(word);
    }
    expect(plugins.files().get("own")).toEqual([join(folder.path, "own.cjs"), join(folder.path, "word.cjs")]);
    await plugins.dispose();
    vi.unstubAllEnvs();
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

test("a plugin that asks for a worker gets one, unless the operator says none", async () => {
  folder.write("asks.ts", plugin(`isolate: "worker", ${setup}`));
  for (const [setting, isolation] of [
    ["", "worker"],
    ['isolate = "none"\n', "none"],
  ]) {
    const plugins = host();
    (await plugins.stage(await config(`[plugins.own]\nfrom = "./asks.ts"\n${setting}`))).commit();
    expect(plugins.report().find(({ name }) => name === "own")).toMatchObject({ isolation });
    await plugins.dispose();
  }
});

test("a plugin that asks for a worker is imported in the hub once, until it asks for none", async () => {
  const globals = globalThis as { imports?: number };
  const source = (definition: string) =>
    `globalThis.imports = (globalThis.imports ?? 0) + 1; ${plugin(definition)}`;
  const plugins = host();
  const wanted = await config('[plugins.own]\nfrom = "./asks.ts"\n');
  const stage = async (definition: string, only?: string) => {
    folder.write("asks.ts", source(definition));
    await (await plugins.stage(wanted, only)).commit()();
    return plugins.report().find(({ name }) => name === "own")?.isolation;
  };
  expect(await stage(`isolate: "worker", ${setup}`)).toBe("worker");
  expect(await stage(`isolate: "worker", ${setup}`, "own")).toBe("worker");
  expect(globals.imports).toBe(1);
  expect(await stage(setup, "own")).toBe("none");
  expect(globals.imports).toBe(2);
  expect(await stage(`isolate: "worker", ${setup}`, "own")).toBe("worker");
  await plugins.dispose();
  delete globals.imports;
});
