const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `812 B`, `5.2 KiB`, `104 MiB`. */
export function spokenSize(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const amount = bytes / 1024 ** power;
  return `${amount.toFixed(power > 0 && amount < 10 ? 1 : 0)} ${units[power]}`;
}
