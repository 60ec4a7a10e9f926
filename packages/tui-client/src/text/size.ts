const UNITS = ["kB", "MB", "GB", "TB"] as const;

/** A size for people, in the units in which the hub tells of files, and short, since rates hold it: `812 B`, `2.1 MB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = -1;
  // 999.95 kB would be shown as 1000.0 kB.
  while ((unit < 0 ? value >= 1000 : value >= 999.95) && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit < 0 ? `${Math.round(value)} B` : `${value.toFixed(1)} ${UNITS[unit]}`;
}
