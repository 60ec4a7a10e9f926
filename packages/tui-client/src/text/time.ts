const pad = (part: number) => String(part).padStart(2, "0");

/** `HH:MM` of the local day; dashes for a time that is none. */
export function formatClock(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? "--:--" : `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** ISO 8601 in UTC, or null for a time that is none. */
export function formatIso(atMs: number): string | null {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** The local day of a time, as a number that differs between days; -1 for a time that is none. */
export function dayOf(atMs: number): number {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime())
    ? -1
    : (date.getFullYear() * 12 + date.getMonth()) * 31 + date.getDate();
}

/** `0.3 s`, `12 s`, `3 min 20 s`. */
export function formatDuration(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
