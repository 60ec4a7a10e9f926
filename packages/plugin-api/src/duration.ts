const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Milliseconds of a duration as operators write it: `500ms`, `5s`, `10m`, `2h`, `7d`; a whole number and one unit.
 * @returns undefined when it is not one.
 */
export function tryParseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  return match ? Number(match[1]) * units[match[2] as keyof typeof units] : undefined;
}
