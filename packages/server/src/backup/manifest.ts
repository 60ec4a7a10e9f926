import * as z from "zod";

/** The last entry of a backup: a backup without it is not whole. */
export const manifestName = "palaver-backup.json";
export const maxManifestBytes = 64 * 1024 * 1024;

/** Goes up when an older palaver could not read a backup rightly. */
const format = 1;

const manifest = z.object({
  format: z.literal(format),
  /** The palaver that wrote it. */
  version: z.string().regex(/^[\w.+-]{1,100}$/),
  /** ISO 8601. */
  at: z.iso.datetime(),
  /** SHA-256 in hexadecimal, by name. */
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

export type Manifest = z.output<typeof manifest>;

export function writeManifest(version: string, files: ReadonlyMap<string, string>): string {
  const table = { format, version, at: new Date().toISOString(), files: Object.fromEntries(files) };
  return `${JSON.stringify(table, undefined, 2)}\n`;
}

/** Undefined for what is none, or one of another format. */
export function tryParseManifest(text: string): Manifest | undefined {
  try {
    return manifest.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
