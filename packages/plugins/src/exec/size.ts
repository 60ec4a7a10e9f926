import * as z from "zod";

const units = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

/** Bytes as operators write them: `512KiB`, `64MiB`, `4GiB`; a whole number and one unit. Both ends are written so too. */
export function size(min: string, max: string) {
  const [minBytes = 0, maxBytes = 0] = [min, max].map(tryParseSize);
  return z
    .string()
    .transform((text, context) => {
      const bytes = tryParseSize(text);
      if (bytes !== undefined && bytes >= minBytes && bytes <= maxBytes) return bytes;
      const message = `must be a size from ${min} to ${max}, written like "64MiB"`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .describe(`a size from ${min} to ${max}`);
}

/** Bytes; undefined when it is no size. */
export function tryParseSize(text: string): number | undefined {
  const match = /^(\d{1,9})(B|KiB|MiB|GiB|TiB)$/.exec(text);
  return match ? Number(match[1]) * units[match[2] as keyof typeof units] : undefined;
}
