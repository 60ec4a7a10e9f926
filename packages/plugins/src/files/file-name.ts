/** With room for `.part` and a number below the 255 bytes of any file system. */
export const maxNameBytes = 200;
const maxExtensionBytes = 16;

const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]+/gu;
// What Windows takes for something else; a file that came from there goes back there.
const reservedCharacters = /[<>:"|?*]/g;
const reservedNames = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/iu;

/**
 * The name that a file is kept under, from the one its sender gave: its last part, without controls, marks that turn text
 * around, and whatever would hide it (`.name`), make it an option (`-name`) or lead elsewhere. At most 200 bytes, never
 * empty; cleaning twice changes nothing.
 */
export function cleanFileName(raw: string): string {
  const last = raw
    .toWellFormed()
    .split(/[/\\]/)
    .findLast((part) => part.trim() !== "");
  const plain = (last ?? "")
    .replaceAll(invisible, "")
    .normalize("NFC")
    .replaceAll(reservedCharacters, "_")
    .replaceAll(/\s+/gu, " ")
    .replace(/[ .]+$/u, "")
    .replace(/^[ .~-]+/u, (lead) => (lead.trim() === "" ? "" : "_"));
  return fit(reservedNames.test(plain) ? `_${plain}` : plain) || "file";
}

/** Cuts the middle out, so that the extension stays. */
function fit(name: string): string {
  if (Buffer.byteLength(name) <= maxNameBytes) return name;
  const extension = /[^.](\.[^.]+)$/u.exec(name)?.[1] ?? "";
  const kept = Buffer.byteLength(extension) <= maxExtensionBytes ? extension : "";
  const room = maxNameBytes - Buffer.byteLength(kept);
  let stem = "";
  let bytes = 0;
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    stem += character;
  }
  return (stem + kept).replace(/[ .]+$/u, "");
}
