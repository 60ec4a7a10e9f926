import * as z from "zod";

/** The last entry of a backup: a backup without it is not whole. */
export const manifestName = "palaver-backup.json";
export const maxManifestBytes = 64 * 1024 * 1024;

/** Goes up when an older palaver could not read a backup rightly. */
const format = 1;

const manifest = z.object({
  format: z.literal(format),
  /** The palaver that wrote it. */
  version: z.string(),
  /** ISO 8601. */
  at: z.string(),
  /** SHA-256 in hexadecimal, by name. */
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

export type Manifest = z.output<typeof manifest>;

export function writeManifest(version: string, files: ReadonlyMap<string, string>): string {
  const table = { format, version, at: new Date().toISOString(), files: Object.fromEntries(files) };
  return `${JSON.stringify(table, undefined, 2)}\n`;
}

/** @throws {Error} */
export function parseManifest(text: string): Manifest {
  const parsed = manifest.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Error("it was written by another version of palaver; restore it with that one");
  return parsed.data;
}
