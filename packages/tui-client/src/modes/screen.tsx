import { render } from "ink";
import process from "node:process";
import type { Preferences } from "../config/preferences.ts";
import type { Effects } from "../keymap/desk.ts";
import type { Store } from "../store/store.ts";
import { reasonOf } from "../text/reason.ts";
import { editText } from "../terminal/editor.ts";
import { type Input, createInput } from "../terminal/input.ts";
import type { KeyPress } from "../terminal/keys.ts";
import { mapOutput } from "../terminal/output-stream.ts";
import { createTerminalModes } from "../terminal/modes.ts";
import { copySequence } from "../terminal/osc.ts";
import { createJobControl, stopJob } from "../terminal/suspend.ts";
import { App, type SuspendTerminal } from "../ui/app.tsx";
import type { DrawFrame } from "../ui/frame.ts";

export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The terminal while it is ours. */
export interface Screen {
  readonly effects: Effects;
  /** Another program has it for now. */
  readonly isLent: boolean;
  setMouse(isOn: boolean): void;
  /** Escape sequences that move nothing. */
  write(sequence: string): void;
  /** Gives the terminal back as it was. */
  close(): Promise<void>;
}

export interface ScreenOptions {
  readonly terminal: Terminal;
  readonly store: Store;
  readonly draw: DrawFrame;
  readonly preferences: Preferences;
  onPress(press: KeyPress): void;
  /** The screen cannot go on. */
  onEnd(reason?: unknown): void;
}

/** What is typed waits at most 8 ms for the frame before; Ink draws no frame that shows nothing new. */
const FRAMES_PER_SECOND = 125;

/** Takes the terminal over: its keyboard, its other screen, and its modes. */
export function openScreen({
  terminal: given,
  store,
  draw,
  preferences,
  onPress,
  onEnd,
}: ScreenOptions): Screen {
  const { words, look, settings } = preferences;
  let isRedrawing = false;
  let isStale = false;
  let isClosed = false;
  let isLent = false;
  const closing = new AbortController();
  let lastTurn = Promise.resolve();
  const terminal = {
    ...given,
    stdout: mapOutput(given.stdout, (text) => {
      // Somebody else's screen is not ours to leave: the cursor would go back to where it was before.
      if (isClosed) return isLent ? text.replaceAll(LEAVE_SCREEN, "") : text;
      return isRedrawing ? stayOnScreen(text) : text;
    }),
  };
  const write = (sequence: string) => void terminal.stdout.write(sequence);
  const modes = createTerminalModes(write, settings.mouse);
  const input: Input = createInput(terminal.stdin, onPress);
  let suspendTerminal: SuspendTerminal | undefined;

  // Whatever ends the process, the terminal must not go on reporting and bracketing.
  const onExit = () => modes.leave();
  process.once("exit", onExit);
  // Ink draws what has changed, from where it believes the cursor to be. A terminal that broke its lines anew for another
  // size has moved both: only drawing everything again helps.
  async function redraw(): Promise<void> {
    isStale = true;
    await inTurn(async () => {
      if (!isStale || isClosed) return;
      isStale = false;
      isRedrawing = true;
      try {
        await suspendTerminal?.(async () => {});
      } finally {
        isRedrawing = false;
      }
    });
  }

  /** Ink gives its screen away to one at a time: a window that changes its size while an editor has it is drawn afterwards. */
  function inTurn(use: () => Promise<void>): Promise<void> {
    const used = lastTurn.then(use);
    lastTurn = used.catch(() => {});
    return used;
  }
  input.start();
  const ink = render(
    <App
      store={store}
      draw={draw}
      look={look}
      words={words}
      onSuspendable={(suspend) => (suspendTerminal = suspend)}
      onResized={() => void redraw().catch(onEnd)}
    />,
    {
      ...terminal,
      alternateScreen: true,
      incrementalRendering: true,
      interactive: true,
      patchConsole: false,
      exitOnCtrlC: false,
      maxFps: FRAMES_PER_SECOND,
    },
  );
  modes.enter();
  ink.waitUntilExit().then(() => onEnd(), onEnd);

  /** Gives the terminal to somebody else for as long as `use` takes. */
  function lend(use: () => Promise<void>): Promise<void> {
    return inTurn(async () => {
      if (isClosed) return;
      isLent = true;
      jobControl.ignore();
      input.stop();
      modes.leave();
      try {
        await suspendTerminal?.(use);
      } finally {
        isLent = false;
        takeBack();
        if (!isClosed) jobControl.listen();
      }
    });
  }

  function takeBack(): void {
    if (isClosed) return;
    input.start();
    modes.enter();
  }

  const suspend = () => void lend(stopJob).catch(onEnd);
  const jobControl = createJobControl(suspend, () => {
    // A SIGSTOP left the terminal as it was, and the shell has set it for itself since.
    input.stop();
    takeBack();
    redraw().catch(onEnd);
  });
  jobControl.listen();

  return {
    write,
    get isLent() {
      return isLent;
    },
    setMouse: modes.setMouse,
    effects: {
      suspend() {
        if (process.platform !== "win32") suspend();
      },
      async edit(text) {
        let edited: string | undefined;
        try {
          await lend(async () => {
            edited = await editText(text, closing.signal);
          });
        } catch (error) {
          store.dispatch({ type: "hinted", hint: words.editorFailed(reasonOf(error, words)) });
        }
        return edited;
      },
      redraw: () => void redraw().catch(onEnd),
      copy: (text) => write(copySequence(text)),
    },
    async close() {
      closing.abort();
      jobControl.ignore();
      input.stop();
      modes.leave();
      process.off("exit", onExit);
      // From here on Ink's leaving its screen is meant, also in the middle of drawing it anew.
      isClosed = true;
      ink.unmount();
      await ink.waitUntilExit().catch(() => {});
    },
  };
}

const LEAVE_SCREEN = "\u001b[?1049l";

/** Ink leaves its screen to draw it anew; cleared in its place, nothing flickers. */
function stayOnScreen(output: string): string {
  return output.replaceAll(LEAVE_SCREEN, "").replaceAll("\u001b[?1049h", "\u001b[H\u001b[2J");
}
