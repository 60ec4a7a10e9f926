import { commandsPage } from "./commands.ts";
import { errorsPage } from "./errors.ts";
import { metricsPage } from "./metrics.ts";
import { settingsPage } from "./settings.ts";

/** The pages of `docs/reference/` as the code has it now, by file name. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  return {
    "commands.md": await commandsPage(),
    "errors.md": errorsPage(),
    "metrics.md": metricsPage(),
    "settings.md": await settingsPage(),
  };
}
