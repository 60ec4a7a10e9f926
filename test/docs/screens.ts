import { startTerminal, type Terminal } from "../e2e/terminal.ts";
import { until } from "../e2e/until.ts";
import { isShown, linesOf, readSteps, type Step } from "./blocks.ts";
import type { PagePlace } from "./page-place.ts";

const startTimeoutMs = 25_000;
const chatCommand = /^(?:palaver|npx -y pnpm@12) chat /;

/** The full screen in real terminals: what is typed into it, then what it shows. */
export interface Screens extends Disposable {
  /** Starts the client, and ends it after what it shows. */
  runOnce(step: Step): Promise<void>;
  /** Goes on in the terminal of somebody, where the client runs until the page's end. */
  goOn(name: string, text: string): Promise<void>;
}

export function createScreens(place: PagePlace): Screens {
  const owned = new DisposableStack();
  const { HOME = "", XDG_CONFIG_HOME = "" } = place.env;
  const home = { HOME, XDG_CONFIG_HOME };
  const terminals = new Map<string, { readonly command: string; readonly terminal: Terminal }>();

  const start = async (command: string, env: Readonly<Record<string, string>>) => {
    if (!chatCommand.test(command)) throw new Error(`${command} has no screen`);
    const terminal = await startTerminal({ columns: 76, rows: 14, cwd: place.folder, env });
    terminal.startChat(...place.adapt(command.replace(chatCommand, "")).split(" "));
    await terminal.shows(/online/, startTimeoutMs);
    return terminal;
  };
  const play = async (terminal: Terminal, { lines }: Step) => {
    const shown = lines.filter(({ kind }) => kind === "printed").map(({ text }) => place.adapt(text));
    for (const { kind, text } of lines) {
      if (kind !== "typed") continue;
      terminal.type(text);
      terminal.press("Enter");
    }
    const isThere = () => isShown(shown, linesOf(terminal.screen.trimEnd()));
    await until(shown.join("\n"), isThere, { detail: () => terminal.screen });
  };

  return {
    async runOnce(step) {
      // A stranger: with a home, and so a key, of its own.
      using terminal = await start(step.command, {});
      await play(terminal, step);
    },
    async goOn(name, text) {
      const [step] = readSteps(text, terminals.get(name)?.command);
      if (!step) return;
      let known = terminals.get(name);
      if (!known) {
        known = { command: step.command, terminal: owned.use(await start(step.command, home)) };
        terminals.set(name, known);
      }
      await play(known.terminal, step);
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}
