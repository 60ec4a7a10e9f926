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
