const units = ["kB", "MB", "GB", "TB"] as const;

/** A file's size for people, in the units in which file managers show it: `812 bytes`, `2.1 MB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  let value = bytes;
  let unit = -1;
  // 999.95 kB would be shown as 1000.0 kB.
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}
