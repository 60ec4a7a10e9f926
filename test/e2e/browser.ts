import { once } from "node:events";
import { findTool } from "./tools.ts";
import { startProgram } from "./program.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

/** A page in a real browser without a window. */
export interface BrowserPage extends AsyncDisposable {
  /** The value of an expression in the page, as JSON carries it. */
  evaluate<T>(expression: string): Promise<T>;
  /** What the browser had to complain about: errors of scripts, and what the page's policy forbids. */
  readonly complaints: readonly string[];
}

interface DevToolsMessage {
  readonly id?: number;
  readonly method?: string;
  readonly result?: { readonly result?: { readonly value: unknown } };
  readonly params?: { readonly entry?: { readonly text: string }; readonly exceptionDetails?: unknown };
}

/** Opens a page in Chromium, over its DevTools protocol. @throws {Error} with the command that installs Chromium. */
export async function openInBrowser(url: string): Promise<BrowserPage> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(createTemporaryFolder());
  const browser = opening.use(
    startProgram(
      findTool("chromium"),
      // Root has no sandbox of Chromium's, and a container's /dev/shm is small.
      [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--remote-debugging-port=0",
        `--user-data-dir=${folder.path}`,
        "about:blank",
      ],
      { env: { HOME: folder.path } },
    ),
  );
  const address = await until("the browser's address", () => /ws:\/\/\S+/.exec(browser.stderr)?.[0], {
    timeoutMs: 60_000,
    detail: () => browser.stderr,
  });
  const { host } = new URL(address);
  const targets = (await (await fetch(`http://${host}/json/list`)).json()) as {
    readonly type: string;
    readonly webSocketDebuggerUrl: string;
  }[];
  const target = targets.find(({ type }) => type === "page");
  if (!target) throw new Error(`the browser has no page: ${JSON.stringify(targets)}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await once(socket, "open");
  const complaints: string[] = [];
  const waiting = new Map<number, (message: DevToolsMessage) => void>();
  let last = 0;
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as DevToolsMessage;
    if (message.id !== undefined) waiting.get(message.id)?.(message);
    else if (message.params?.entry) complaints.push(message.params.entry.text);
    else if (message.params?.exceptionDetails) complaints.push(JSON.stringify(message.params));
  });
  const ask = (method: string, params = {}) =>
    new Promise<DevToolsMessage>((resolve) => {
      waiting.set(++last, resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  for (const domain of ["Page", "Runtime", "Log"]) await ask(`${domain}.enable`);
  await ask("Page.navigate", { url });
  const running = opening.move();
  return {
    complaints,
    async evaluate<T>(expression: string) {
      const { result } = await ask("Runtime.evaluate", { expression, returnByValue: true });
      return result?.result?.value as T;
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await running.disposeAsync();
    },
  };
}
