import { createSocket } from "node:dgram";
import { once } from "node:events";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { palaverd, runCommand, startProgram, type Program } from "../../../../test/e2e/program.ts";
import { createTemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";
import { until } from "../../../../test/e2e/until.ts";
import { shippedPlugins } from "../../src/config/load.ts";
import { udpClient } from "../hub-harness.ts";

const none = shippedPlugins
  .filter((name) => name !== "echo")
  .map((name) => `[plugins.${name}]\nenabled = false\n`)
  .join("");
const head = `data = "data"\nlisten = ["udp://127.0.0.1:0"]\n${none}`;
const stranger = join(import.meta.dirname, "../fixtures/plugins/stranger.ts");

async function startIn(
  folder: { write(name: string, text: string): string },
  toml: string,
  ...options: string[]
) {
  const config = folder.write("palaver.toml", head + toml);
  const hub = startProgram(process.execPath, [
    palaverd,
    "--config",
    config,
    "--log-format",
    "json",
    ...options,
  ]);
  await hub.prints("palaverd ready\n");
  const port = Number(/listening udp:\S+:(\d+)/.exec(hub.stdout)![1]);
  const run = (...args: string[]) => runCommand(palaverd, [...args, "--config", config]);
  return { hub, port, run };
}

const lines = (hub: Program, words: string) => hub.stderr.split("\n").filter((line) => line.includes(words));

test("what a plugin leaves behind in timers and promises is its fault, and the hub lives", async () => {
  using folder = createTemporaryFolder();
  const { hub, port, run } = await startIn(
    folder,
    `[plugins.stranger]\nfrom = "${stranger}"\ngrant = "all"\n`,
  );
  await using _ = hub;
  using client = await udpClient(port);
  for (const [command, words] of [
    ["rejects", "rejected in a timer"],
    ["emits", "thrown in a listener"],
    ["thenable", "thrown in a thenable"],
    ["prints", "printed here"],
    ["complains", "complained there"],
  ] as const) {
    expect(await client.ask(command)).toBe("fine\n");
    await hub.complains(new RegExp(`"plugin":"stranger".*${words}`));
  }
  expect(await client.ask("echo still here")).toBe("still here\n");
  expect(hub.stdout).not.toContain("printed");
  for (const line of hub.stderr.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("level");
  expect(hub.stderr).not.toContain("\u001B");
  const { stdout } = await run("status", "--json");
  const { plugins } = JSON.parse(stdout) as { plugins: { name: string }[] };
  expect(plugins.find(({ name }) => name === "stranger")).toMatchObject({
    state: "on",
    isolation: "none",
    faults: 3,
    lastFault: "Error: thrown in a thenable (outside a call)",
    calls: 5,
    needs: ["users", "rooms", "storage", "files", "processes"],
  });
  for (const misdeed of ["exits", "throws"])
    expect(await client.ask(misdeed)).toBe("stranger failed; the hub's log says why.\n");
  const ended = "called process.exit(3), which would have ended the hub";
  await hub.complains(ended);
  expect(lines(hub, ended)).toHaveLength(1);
  expect(await client.ask("refuse")).toBe(
    "stranger is switched off after too many faults; ask an operator.\n",
  );
  expect((await run("status")).stdout).toContain("plugins    echo, stranger (off)\n");
  expect(await run("reload", "stranger")).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(await client.ask("refuse")).toBe("Not here.\n");
  expect(await run("reload", "nobody")).toMatchObject({ code: 3, stdout: "" });
});

test("files that change are loaded again with --watch, imports too, and what is wrong is said", async () => {
  using folder = createTemporaryFolder();
  folder.write("greet.ts", source("first"));
  folder.write("word.ts", 'export const word = "hello";\n');
  const { hub, port } = await startIn(folder, '[plugins.greet]\nfrom = "./greet.ts"\n', "--watch");
  await using _ = hub;
  using client = await udpClient(port);
  expect(await client.ask("greet")).toBe("first hello\n");
  folder.write("word.ts", 'export const word = "bonjour";\n');
  await until("the import is new", async () => (await client.ask("greet")) === "first bonjour\n");
  folder.write("greet.ts", "export default {{;\n");
  await hub.complains("plugin greet not reloaded, the old one stays: ");
  expect(await client.ask("greet")).toBe("first bonjour\n");
  folder.write("greet.ts", source("second"));
  await until("the mistake is mended", async () => (await client.ask("greet")) === "second bonjour\n");
  folder.write(
    "palaver.toml",
    `${head}[plugins.greet]\nfrom = "./greet.ts"\n[plugins.echo]\nenabled = false\n`,
  );
  await until("the configuration is new", async () =>
    /no command|not online/.test(await client.ask("echo x")),
  );
});

test("what is missing, imported later or behind a link is watched, too", async () => {
  using folder = createTemporaryFolder();
  const greet = (words: string, imports = "") =>
    `${imports} export default { name: "greet", api: 1, setup: () => ({ commands: { greet: {
      summary: "Greet", run: async () => "${words} " + (await import("./lazy.ts")).word } } }) };`;
  folder.write("one/greet.ts", greet("one"));
  folder.write("one/lazy.ts", 'export const word = "sleeps";');
  folder.write("two/greet.ts", greet("two"));
  folder.write("two/lazy.ts", 'export const word = "woke";');
  const current = join(folder.path, "current");
  symlinkSync("one", current);
  const { hub, port } = await startIn(folder, '[plugins.greet]\nfrom = "./current/greet.ts"\n', "--watch");
  await using _ = hub;
  using client = await udpClient(port);
  const answer = () => client.ask("greet");
  expect(await answer()).toBe("one sleeps\n");
  // Written again and again: nobody tells when a file that was just found is watched.
  const writes = (file: string, text: string) => () => (folder.write(file, text), answer());
  const patience = { timeout: 20_000, interval: 1000 };
  await expect.poll(writes("one/lazy.ts", 'export const word = "wakes";'), patience).toBe("one wakes\n");
  folder.write("one/greet.ts", greet("later", 'import "./missing.ts";'));
  await hub.complains("missing.ts, which is not there");
  await expect.poll(writes("one/missing.ts", ""), patience).toBe("later wakes\n");
  rmSync(current);
  symlinkSync("two", current);
  await expect.poll(answer, patience).toBe("two woke\n");
});

test.each(["none", "worker"])("a reload under load loses no request (isolate = %s)", async (isolate) => {
  using folder = createTemporaryFolder();
  folder.write("greet.ts", source("gen 0"));
  folder.write("word.ts", 'export const word = "hello";\n');
  const { hub, port } = await startIn(
    folder,
    `[plugins.greet]\nfrom = "./greet.ts"\nisolate = "${isolate}"\n`,
  );
  await using _ = hub;
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const generations = new Set<string>();
  let asked = 0;
  let answered = 0;
  let isOver = false;
  const ask = () => {
    asked++;
    socket.send(asked % 4 === 0 ? "later" : "greet", port, "127.0.0.1");
  };
  socket.on("message", (bytes) => {
    answered++;
    const text = bytes.toString();
    expect(text).toMatch(/^gen \d hello( later)?\n$/);
    generations.add(text.slice(0, 5));
    if (!isOver) ask();
  });
  // As many as a kernel's smallest buffer takes; each answer asks again, so a lost request is one that is missing.
  for (let window = 0; window < 8; window++) ask();
  for (let generation = 1; generation < 5; generation++) {
    writeFileSync(join(folder.path, "greet.ts"), source(`gen ${generation}`));
    hub.signal("SIGHUP");
    await until(`generation ${generation} answers`, () => generations.has(`gen ${generation}`));
  }
  isOver = true;
  await until("every request is answered", () => asked === answered, {
    detail: () => `${asked} ${answered}`,
  });
  expect(lines(hub, '"level":"error"')).toEqual([]);
  socket.close();
});

function source(words: string): string {
  return `
    import { setTimeout as wait } from "node:timers/promises";
    import { command, definePlugin } from "@palaver/plugin-api";
    import { word } from "./word.ts";
    export default definePlugin({
      name: "greet",
      api: 1,
      setup: () => ({
        commands: {
          greet: command({ summary: "Greet", run: () => \`${words} \${word}\` }),
          later: command({
            summary: "Greet in a while",
            async run() {
              await wait(20);
              return \`${words} \${word} later\`;
            },
          }),
        },
      }),
    });
  `;
}
