const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** For operators, in the units in which they write limits: `812 B`, `5.2 KiB`, `104 MiB`. */
export function spokenSize(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  // 1023.5 KiB would be shown as 1024 KiB.
  for (; amount >= 1023.5 && unit < units.length - 1; unit++) amount /= 1024;
  return `${amount.toFixed(unit > 0 && amount < 9.95 ? 1 : 0)} ${units[unit]}`;
}
