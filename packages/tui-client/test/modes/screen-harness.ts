import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import headless from "@xterm/headless";
import type { HubOptions } from "../../src/arguments/invocation.ts";
import { createPreferences } from "../../src/config/preferences.ts";
import { type Config, NO_CONFIG } from "../../src/config/read-config.ts";
import type { Language } from "../../src/i18n/words.ts";
import type { Terminal } from "../../src/modes/screen.tsx";
import { leanImports } from "../../src/terminal/lean-imports.ts";
import type { FakeConnection } from "../fake-connection.ts";
import { hub } from "./pipe-harness.ts";

// As the client does it: before Ink is imported.
leanImports();
const { runFullscreen } = await import("../../src/modes/fullscreen.tsx");

export interface ScreenOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: Config;
  readonly isNewcomer?: boolean;
  readonly lang?: Language;
  readonly record?: string;
}

/** The real client, drawing into a terminal without a window. */
export function startScreen(
  connection: FakeConnection,
  size = { columns: 110, rows: 24 },
  { env = {}, config = NO_CONFIG, isNewcomer = false, lang, record }: ScreenOptions = {},
) {
  const terminal = new headless.Terminal({
    cols: size.columns,
    rows: size.rows,
    allowProposedApi: true,
    convertEol: true,
  });
  const parsed = new EventEmitter();
  let written = "";

  const stdout = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk: string | Uint8Array, _encoding, done) {
        written += chunk.toString();
        terminal.write(chunk, () => {
          parsed.emit("parsed");
          done();
        });
      },
    }),
    { isTTY: true, ...size },
  );
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode(isRaw: boolean) {
      stdin.isRaw = isRaw;
    },
    ref() {},
    unref() {},
  });
  const stderr = new PassThrough();
  const chat = { command: "chat", hub, room: "lobby", linear: false } as const;
  const invocation = record === undefined ? chat : { ...chat, record };
  const streams: unknown = { stdin, stdout, stderr };
  const terminalEnv = { TERM: "xterm-256color", LANG: "C.UTF-8", ...env };
  const opened: HubOptions[] = [];
  const open = (options: HubOptions) => {
    opened.push(options);
    if (options.nick !== undefined) connection.nick = options.nick;
    return connection;
  };
  const status = runFullscreen(invocation, open, {
    preferences: createPreferences(config, terminalEnv, {}, lang),
    terminal: streams as Terminal,
    isNewcomer,
  });

  /** The screen as text, without the blanks at the ends of rows. */
  function rows(): string[] {
    const { active } = terminal.buffer;
    return Array.from({ length: terminal.rows }, (_, row) =>
      (active.getLine(active.viewportY + row)?.translateToString(true) ?? "").trimEnd(),
    );
  }

  return {
    connection,
    opened,
    terminal,
    stdin,
    stderr,
    status,
    rows,
    get written() {
      return written;
    },
    get cursor() {
      const { cursorX: x, cursorY: y } = terminal.buffer.active;
      return { x, y };
    },
    type: (keys: string) => void stdin.write(keys),
    resize(columns: number, height: number) {
      terminal.resize(columns, height);
      Object.assign(stdout, { columns, rows: height });
      stdout.emit("resize");
    },
    /** Resolves once the screen shows it. */
    async until(isShown: (text: string) => boolean): Promise<void> {
      while (!isShown(rows().join("\n"))) await new Promise((resolve) => parsed.once("parsed", resolve));
    },
    /** Waits until all that was asked for is on the screen. */
    shows(text: string): Promise<void> {
      return this.until((screen) => screen.includes(text));
    },
  };
}
