const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
] as const;

/** A time for people, in its largest unit and never too short: `90 min`, `1 h`. */
export function formatDuration(ms: number): string {
  for (const [unit, size] of units) {
    if (ms >= 2 * size || ms === size) return `${Math.ceil(ms / size)} ${unit}`;
  }
  return `${Math.max(1, Math.ceil(ms / 1000))} s`;
}
