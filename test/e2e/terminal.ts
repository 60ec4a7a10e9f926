import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { palaver } from "./program.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { findTool } from "./tools.ts";
import { until } from "./until.ts";

/** A shell in a real terminal, in a tmux server of its own. */
export interface Terminal extends Disposable {
  /** Starts the client from the shell; the terminal's settings before it are remembered. */
  startChat(...args: readonly string[]): void;
  /** Waits for the client's end and gives back its exit status. */
  chatEnded(): Promise<number>;
  /** What of the terminal the client may have changed, when it has ended. */
  leftBehind(): {
    readonly isAlternate: boolean;
    readonly hasCursor: boolean;
    readonly wrapsLines: boolean;
    readonly settingsKept: boolean;
  };
  readonly chatPid: number;
  type(text: string): void;
  /** A key by its tmux name: `Enter`, `C-c`, `Tab`. */
  press(...keys: readonly string[]): void;
  readonly screen: string;
  /** The same with its colours, as escape sequences. */
  readonly painted: string;
  readonly cursor: { readonly x: number; readonly y: number };
  shows(pattern: RegExp | string, timeoutMs?: number): Promise<void>;
  isAlternate(): boolean;
  /** As a mouse pastes it: marked, when the program asked for that. */
  paste(text: string): void;
  resize(columns: number, rows: number): void;
  /** The shell's home, where the client's files are too. */
  readonly home: string;
}

// Nothing outlives the tests, also when they are interrupted.
const servers = new Set<string>();
process.once("exit", () => servers.forEach((name) => tmux(name, "kill-server")));
let terminals = 0;

/**
 * @param env added to the shell's environment
 * @param cwd where the shell starts; default the tests' own
 */
export async function startTerminal({
  columns = 100,
  rows = 24,
  env = {},
  cwd = process.cwd(),
}: {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
} = {}): Promise<Terminal> {
  const folder = createTemporaryFolder();
  const server = `palaver-e2e-${process.pid}-${++terminals}`;
  const settings = (when: string) => join(folder.path, `stty-${when}`);
  const shell = ["env", "-i", `PATH=${process.env["PATH"]}`, "LANG=C.UTF-8", "TERM=tmux-256color", "PS1=$ "];
  shell.push(`HOME=${folder.path}`, `XDG_CONFIG_HOME=${folder.path}`);
  shell.push(...Object.entries(env).map(([name, value]) => `${name}=${value}`), "sh");
  servers.add(server);
  const size = ["-x", String(columns), "-y", String(rows)];
  tmux(server, "-u", "-f", "/dev/null", "new-session", "-d", "-c", cwd, ...size, "--", ...shell);
  const ask = (format: string) => tmux(server, "display-message", "-p", format).trim();
  const screen = () => tmux(server, "capture-pane", "-p");
  const type = (text: string) => void tmux(server, "send-keys", "-l", "--", text);
  const press = (...keys: readonly string[]) => void tmux(server, "send-keys", ...keys);
  let hasEnded = false;
  await until("the shell's prompt", () => screen().startsWith("$ ") || screen().startsWith("$\n"), {
    detail: screen,
  });
  return {
    startChat(...args) {
      const client = [process.execPath, palaver, "chat", ...args].map((word) => `'${word}'`).join(" ");
      folder.write(
        "start",
        `stty -g > ${settings("before")}\n${client}\necho "status $?"\nstty -g > ${settings("after")}\n`,
      );
      type(`. ${folder.path}/start`);
      press("Enter");
    },
    async chatEnded() {
      await until("the client's end", () => existsSync(settings("after")) && /^status \d+$/m.test(screen()), {
        detail: screen,
      });
      hasEnded = true;
      return Number(/^status (\d+)$/m.exec(screen())?.[1]);
    },
    leftBehind: () => ({
      isAlternate: ask("#{alternate_on}") === "1",
      hasCursor: ask("#{cursor_flag}") === "1",
      wrapsLines: ask("#{wrap_flag}") === "1",
      settingsKept: readFileSync(settings("before"), "utf8") === readFileSync(settings("after"), "utf8"),
    }),
    get chatPid() {
      const shellPid = ask("#{pane_pid}");
      return Number(readFileSync(`/proc/${shellPid}/task/${shellPid}/children`, "utf8").trim());
    },
    type,
    press,
    get screen() {
      return screen();
    },
    get painted() {
      return tmux(server, "capture-pane", "-e", "-p");
    },
    get cursor() {
      const [x = 0, y = 0] = ask("#{cursor_x} #{cursor_y}").split(" ").map(Number);
      return { x, y };
    },
    async shows(pattern, timeoutMs) {
      const matches = () => {
        const shown = screen();
        if (typeof pattern === "string" ? shown.includes(pattern) : pattern.test(shown)) return true;
        if (!hasEnded && /^status \d+$/m.test(shown))
          throw new Error(`the client has ended\n${shown.trimEnd()}`);
        return false;
      };
      await until(`${String(pattern)} on the screen`, matches, {
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        detail: screen,
      });
    },
    isAlternate: () => ask("#{alternate_on}") === "1",
    paste(text) {
      folder.write("pasted", text);
      tmux(server, "load-buffer", join(folder.path, "pasted"));
      tmux(server, "paste-buffer", "-p", "-d");
    },
    resize: (width, height) => void tmux(server, "resize-window", "-x", String(width), "-y", String(height)),
    home: folder.path,
    [Symbol.dispose]() {
      tmux(server, "kill-server");
      servers.delete(server);
      folder[Symbol.dispose]();
    },
  };
}

function tmux(server: string, ...args: readonly string[]): string {
  return execFileSync(findTool("tmux"), ["-L", server, ...args], { encoding: "utf8" });
}
