import { pino } from "pino";
import { afterAll } from "vitest";
import { createTemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";
import { loadConfig, shippedPlugins } from "../../src/config/load.ts";
import { createPluginHost } from "../../src/plugin-host/host.ts";

/** Where a test file's plugins lie, and its configuration. */
export const folder = createTemporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const others = shippedPlugins.filter((name) => name !== "echo");
const none = others.map((name) => `[plugins.${name}]\nenabled = false\n`).join("");
/** Where a test's own table begins: after the data, and two lines for each plugin that is left out. */
export const tableLine = 2 * others.length + 2;
/** Echo, and what the tables add. */
export const config = async (toml: string) =>
  loadConfig(
    { config: folder.write("palaver.toml", `data = "data"\n${none}${toml}`) },
    { cwd: folder.path, env: {}, isTerminal: false },
  );
export const host = (log = pino({ level: "silent" })) =>
  createPluginHost({ log, shared: {} as never, builtIn: [] });

export const plugin = (body: string) => `export default { name: "own", api: 1, ${body} };`;
export const setup = "setup: () => ({})";
