import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkPlugins } from "../../src/plugin-host/check.ts";
import { config, folder, host, plugin, setup } from "./staging.ts";

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

test("a loop at the top level of a plugin in a worker is given up, and named", async () => {
  folder.write("loops.ts", "for (;;);");
  const wanted = await config(
    '[plugins.echo]\nenabled = false\n[plugins.own]\nfrom = "./loops.ts"\nisolate = "worker"\n',
  );
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const lines: string[] = [];
  const staged = host(pino({}, { write: (line) => void lines.push(line) })).stage(wanted);
  vi.advanceTimersByTime(62_000);
  vi.useRealTimers();
  expect(lines).toEqual([expect.stringMatching(/"plugin":"own".*"a plugin is not ready after 10 s"/)]);
  const message = "own could not start: its worker took longer than 62 s; mend it, or leave the plugin out";
  await expect(staged).rejects.toThrow(message);
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
        globalThis.kept = { ending: () => ending, isOpen: () => database.isOpen, reopen: () => storage.database("own.db") };
        return { [Symbol.asyncDispose]: () => new Promise(() => {}) };
      }`),
    );
    const plugins = host();
    (await plugins.stage(await config('[plugins.own]\nfrom = "./own.ts"\ngrant = "all"\n'))).commit();
    expect(kept()["isOpen"]!()).toBe(true);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const disposed = plugins.dispose();
    await kept()["ending"]!();
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

test("a new generation is where the links in its path lead now", async () => {
  for (const word of ["one", "two"]) {
    folder.write(
      `${word}/linked.ts`,
      `import { word } from "./word.ts"; ${plugin("setup: () => ({ commands: { say: { summary: word, run() {} } } })")}`,
    );
    folder.write(`${word}/word.ts`, `export const word = "${word}";`);
  }
  const plugins = host();
  const wanted = await config('[plugins.own]\nfrom = "./current/linked.ts"\n');
  for (const word of ["one", "two"]) {
    rmSync(join(folder.path, "current"), { force: true });
    symlinkSync(word, join(folder.path, "current"));
    await (await plugins.stage(wanted)).commit()();
    expect(plugins.registry.find("say")?.command.summary).toBe(word);
  }
  expect(plugins.files().get("own")).toContain(join(folder.path, "current/linked.ts"));
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

test("a plugin may be what TypeScript makes of it in CommonJS", async () => {
  folder.write(
    "own.cjs",
    `Object.defineProperty(exports, "__esModule", { value: true });
    exports.default = { name: "own", api: 1, setup: () => ({}) };`,
  );
  const plugins = host();
  await (await plugins.stage(await config('[plugins.own]\nfrom = "./own.cjs"\n'))).commit()();
  expect(plugins.report().find(({ name }) => name === "own")).toMatchObject({ state: "on" });
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
