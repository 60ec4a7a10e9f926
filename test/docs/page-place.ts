import { chmodSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { addDictionaries } from "../e2e/dictionary.ts";
import { palaver, palaverd, type Program, startProgram } from "../e2e/program.ts";
import { createTemporaryFolder } from "../e2e/temporary-folder.ts";

export const repository = join(import.meta.dirname, "../..");

// What pages write, and what a test must not take: each page gets ports of its own.
const portsOfPages = ["6666", "6667", "6668", "6669", "7000", "2628", "9666"];

/** Where the blocks of one page run: a folder, a home, ports, and the two commands on the path. */
export interface PagePlace extends AsyncDisposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** The text with the ports that are really used. */
  adapt(text: string): string;
  write(name: string, text: string): void;
  /** Runs a line or script in bash; `exec` when it is one program that will be ended. */
  start(script: string): Program;
}

export async function createPagePlace(): Promise<PagePlace> {
  const folder = createTemporaryFolder();
  const ports = new Map<string, string>();
  for (const port of portsOfPages) ports.set(port, String(await findFreePort()));
  // The folder looks like a clone: commands of the pages are written for its root.
  symlinkSync(join(repository, "packages"), join(folder.path, "packages"));
  await addDictionaries(join(folder.path, "state/palaver"));
  mkdirSync(join(folder.path, "bin"));
  const node = process.execPath;
  const command = (name: string, script: string) => {
    chmodSync(folder.write(`bin/${name}`, `#!/bin/bash\n${script}\n`), 0o755);
  };
  command("palaverd", `exec "${node}" "${palaverd}" "$@"`);
  command("palaver", `exec "${node}" "${palaver}" "$@"`);
  const main = ports.get("6666") ?? "";
  command(
    "npx",
    pnpmScript(folder.path, `--listen udp://127.0.0.1:${main} --listen tcp://127.0.0.1:${main}`),
  );
  const env = {
    HOME: join(folder.path, "home"),
    XDG_STATE_HOME: join(folder.path, "state"),
    XDG_CONFIG_HOME: join(folder.path, "config"),
    TMPDIR: join(folder.path, "tmp"),
    PATH: [join(folder.path, "bin"), dirname(node), process.env["PATH"]].join(":"),
    TERM: "xterm",
    // What a page installs it has made itself.
    npm_config_offline: "true",
    npm_config_audit: "false",
    npm_config_update_notifier: "false",
  };
  for (const name of [env.HOME, env.XDG_CONFIG_HOME, env.TMPDIR]) mkdirSync(name);
  // Where pages get palaver from is this repository.
  const gitConfig = `[url "${repository}"]\n\tinsteadOf = https://example.org/palaver.git\n[safe]\n\tdirectory = *\n`;
  folder.write("home/.gitconfig", gitConfig);
  // Nobody but this machine needs to reach the hub of a test.
  const adapt = (text: string) =>
    text
      .replaceAll("/srv/", `${folder.path}/srv/`)
      .replaceAll(/(?<!\d)0\.0\.0\.0/g, "127.0.0.1")
      .replaceAll(new RegExp(`\\b(?:${portsOfPages.join("|")})\\b`, "g"), (port) => ports.get(port) ?? port);
  return {
    folder: folder.path,
    env,
    adapt,
    write: (name, text) => void folder.write(name, adapt(text)),
    start: (script) =>
      startProgram("/bin/bash", ["--norc", "--noprofile", "-euo", "pipefail", "-c", adapt(script)], {
        env,
        cwd: folder.path,
      }),
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
    },
  };
}

/**
 * The compiler, and `npx -y pnpm@12 NAME …` without the installation, which this very test run has behind it: NAME must be a script of
 * the workspace; the two commands then run, the others (the tests themselves among them) do not.
 * @param listen options for a hub that is started without any, in place of its default ports
 */
function pnpmScript(folder: string, listen: string): string {
  const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const cases = Object.entries(scripts).map(([name, script]) => {
    const [, command, first = ""] = /^node scripts\/run\.mjs (palaverd?)(?: (\w+))?$/.exec(script) ?? [];
    return `${name}) ${command === undefined ? "exit 0" : `exec "${folder}/bin/${command}" ${first} "$@"`} ;;`;
  });
  return `if [ "$1 $2 $3 $4" = "-y -p typescript tsc" ]; then
  shift 4
  exec "${process.execPath}" "${repository}/node_modules/typescript/bin/tsc" "$@"
fi
[ "$1 $2" = "-y pnpm@12" ] || exit 2
shift 2
[ "$1" != --silent ] || shift
name=$1
shift
[ "$name $#" != "start 0" ] || set -- ${listen}
case "$name" in
${cases.join("\n")}
*) echo "package.json has no script $name" >&2; exit 2 ;;
esac`;
}

/** A port that is free for UDP and TCP now. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const socket = createSocket("udp4");
  const isFree = await new Promise<boolean>((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind(port, "127.0.0.1", () => resolve(true));
  });
  socket.close();
  server.close();
  await once(server, "close");
  return isFree ? port : findFreePort();
}
