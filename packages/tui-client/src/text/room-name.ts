/** A room as the user names it, in the one form that a hub has it in: without `#`, NFKC, lower case. */
export function foldRoomName(name: string): string {
  return name.replace(/^#/, "").normalize("NFKC").toLowerCase().normalize("NFKC");
}
