import { existsSync } from "node:fs";
import { join } from "node:path";
import { addDictionaries } from "./dictionary.ts";
import { palaverd, type Program, startProgram } from "./program.ts";
import { createTemporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

/** A dictionary of the operator's own, without the large ones. */
export const smallDictionary = `[plugins.dict]
files = ["./words.txt"]
ecdict = false
cedict = false
`;

const words = "apple:苹果\nbook:书\nwater:水\nlook up:查找\n";

export interface HubOptions {
  /** Default: `udp://127.0.0.1:0` and `tcp://127.0.0.1:0`. */
  readonly listen?: readonly string[];
  /** The configuration file, beside which `words.txt` lies. Default: the small dictionary. */
  readonly config?: string;
  /** The folder of a hub that ran before. */
  readonly folder?: TemporaryFolder;
  readonly withDictionaries?: boolean;
  readonly args?: readonly string[];
}

export interface Listener {
  readonly transport: "udp" | "tcp" | "dict";
  readonly host: string;
  readonly port: number;
  readonly mount: string | undefined;
}

/** A palaverd that is ready. */
export interface HubProcess extends AsyncDisposable {
  readonly process: Program;
  readonly folder: TemporaryFolder;
  readonly data: string;
  readonly configFile: string;
  /** As it printed them. */
  readonly listeners: readonly Listener[];
  /** The port of the listener that is no mount, or of the mount. */
  port(transport: Listener["transport"], mount?: string): number;
}

export async function startHub(options: HubOptions = {}): Promise<HubProcess> {
  const folder = options.folder ?? createTemporaryFolder();
  const data = join(folder.path, "data");
  if (options.withDictionaries === true) await addDictionaries(data);
  if (!existsSync(join(folder.path, "words.txt"))) folder.write("words.txt", words);
  const configFile = join(folder.path, "palaver.toml");
  if (options.config !== undefined || !existsSync(configFile)) {
    folder.write("palaver.toml", options.config ?? smallDictionary);
  }
  const listen = options.listen ?? ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"];
  const hub = startProgram(process.execPath, [
    palaverd,
    "--config",
    configFile,
    "--data",
    data,
    ...listen.flatMap((url) => ["--listen", url]),
    ...(options.args ?? []),
  ]);
  const detail = () => `stdout: ${hub.stdout}\nstderr: ${hub.stderr}`;
  await until("palaverd ready", () => !hub.isRunning || hub.stdout.includes("palaverd ready\n"), {
    timeoutMs: 25_000,
    detail,
  });
  if (!hub.isRunning) throw new Error(`palaverd did not start\n${detail()}`);
  const listeners = parseListeners(hub.stdout);
  return {
    process: hub,
    folder,
    data,
    configFile,
    listeners,
    port(transport, mount) {
      const found = listeners.find(
        (listener) => listener.transport === transport && listener.mount === mount,
      );
      if (!found) throw new Error(`no such listener\n${hub.stdout}`);
      return found.port;
    },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      if (options.folder === undefined) folder[Symbol.dispose]();
    },
  };
}

/** Reads the `palaverd listening` lines. */
export function parseListeners(output: string): readonly Listener[] {
  return Array.from(
    output.matchAll(/^palaverd listening (udp|tcp|dict):\/\/(.+):(\d+)(?: (\S+))?$/gm),
    ([, transport, host = "", port, mount]) => ({
      transport: transport as Listener["transport"],
      host: host.replace(/^\[(.*)\]$/, "$1"),
      port: Number(port),
      mount,
    }),
  );
}
