// Writes docs/reference/: `pnpm docs:reference`.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { referencePages } from "./pages.ts";

const directory = join(import.meta.dirname, "../../docs/reference");
mkdirSync(directory, { recursive: true });
for (const [name, text] of Object.entries(await referencePages())) writeFileSync(join(directory, name), text);
