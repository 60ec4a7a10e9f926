import type { FakeConnection } from "../fake-connection.ts";
import { onlineConnection } from "./pipe-harness.ts";
import { type ScreenOptions, startScreen } from "./screen-harness.ts";

interface Options extends ScreenOptions {
  readonly connection?: FakeConnection;
  readonly columns?: number;
  readonly rows?: number;
}

/** Screens of one test file; `close` belongs into its `afterEach`. */
export function openScreens() {
  const running: ReturnType<typeof startScreen>[] = [];
  return {
    async open({ connection = onlineConnection(), columns = 110, rows = 24, ...options }: Options = {}) {
      const screen = startScreen(connection, { columns, rows }, options);
      running.push(screen);
      await screen.until((text) => text.includes("\n>") || options.isNewcomer === true);
      if (connection.state === "online" && options.isNewcomer !== true) {
        await connection.until(() => connection.joins.length > 0);
      }
      return screen;
    },
    close: async () => {
      for (const screen of running.splice(0)) {
        screen.type("\u001b");
        process.emit("SIGTERM", "SIGTERM");
        await screen.status;
      }
    },
  };
}
