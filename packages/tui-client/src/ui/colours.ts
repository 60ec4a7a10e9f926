// Neither red, which marks failures, nor black and white, which one of two backgrounds swallows.
const NAME_COLOURS = ["cyan", "green", "yellow", "magenta", "blue"] as const;

/** The same colour for the same name, always. */
export function colourOfName(name: string): (typeof NAME_COLOURS)[number] {
  let hash = 0;
  for (const unit of name) hash = (hash * 31 + (unit.codePointAt(0) ?? 0)) >>> 0;
  return NAME_COLOURS[hash % NAME_COLOURS.length] ?? "cyan";
}
