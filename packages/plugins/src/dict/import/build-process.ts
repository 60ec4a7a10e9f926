// Runs as a process of its own, started by build.ts: the hub's memory and its loop stay out of the import.
import { importDictionaries, planStages } from "./import-dictionaries.ts";
import { locateSourceData } from "./source-data.ts";
import type { ImportMessage } from "./run-import.ts";
import type { DictionaryName } from "./stage.ts";

const [directory = "", ...dictionaries] = process.argv.slice(2);

// A terminal and a service manager signal the hub and us alike; the hub decides, and ends us in time.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
// Who started us is gone; every batch is committed, so nothing is lost.
const leave = () => process.exit();
process.on("disconnect", leave);

try {
  const stages = planStages(locateSourceData(), dictionaries as DictionaryName[]);
  await importDictionaries(directory, stages, (fraction) => tell({ fraction }));
} catch (error) {
  tell({ error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
// The natural end: `process.exit` may wait for ever, for a thread that compiles and waits for the collector
// (nodejs/node#54918), and the hub with it.
process.off("disconnect", leave);
process.disconnect?.();

function tell(message: ImportMessage): void {
  process.send?.(message);
}
