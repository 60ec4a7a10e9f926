/** Colours that a terminal can show: none, 16, 256, or all. */
export type ColourDepth = 1 | 4 | 8 | 24;

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
const ATTRIBUTES: Readonly<Record<string, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  inverse: [7, 27],
};

/** Wraps a text into the escape sequences of one style; the text holds none of its own. */
export type Painter = (text: string) => string;

export const plainPainter: Painter = (text) => text;

/**
 * A painter for a style such as `bold`, `yellow`, `bright-red`, `208`, `#ff8800 italic` or `on-blue`. Colours that the
 * terminal cannot show are left out, attributes stay. Throws with a reason for the reader.
 */
export function createPainter(style: string, depth: ColourDepth): Painter {
  const on: string[] = [];
  const off: number[] = [];
  for (const word of style.split(/\s+/).filter((each) => each !== "")) {
    const attribute = ATTRIBUTES[word];
    if (attribute !== undefined) {
      on.push(String(attribute[0]));
      off.push(attribute[1]);
      continue;
    }
    const isBackground = word.startsWith("on-");
    const code = colourCode(isBackground ? word.slice(3) : word, isBackground ? 10 : 0, depth);
    if (code === "") continue;
    on.push(code);
    off.push(isBackground ? 49 : 39);
  }
  if (on.length === 0) return plainPainter;
  const start = `\u001b[${on.join(";")}m`;
  const end = `\u001b[${[...new Set(off)].join(";")}m`;
  return (text) => (text === "" ? "" : start + text + end);
}

/** The SGR parameters of a colour; empty where the terminal has none. */
function colourCode(word: string, shift: number, depth: ColourDepth): string {
  const colour = parseColour(word);
  if (colour === undefined) {
    throw new Error(
      `"${word}" is no style; write ${Object.keys(ATTRIBUTES).join(", ")}, ${NAMES.join(", ")}, bright-red, 208 or #ff8800`,
    );
  }
  if (depth === 1) return "";
  if (typeof colour === "string") return depth === 24 ? trueColour(colour, shift) : "";
  if (colour < 8) return String(30 + colour + shift);
  if (colour < 16) return String(90 + colour - 8 + shift);
  return depth >= 8 ? `${38 + shift};5;${colour}` : "";
}

function parseColour(word: string): number | string | undefined {
  if (/^#[0-9a-f]{6}$/i.test(word)) return word;
  if (/^\d{1,3}$/.test(word)) return Number(word) < 256 ? Number(word) : undefined;
  const isBright = word.startsWith("bright-");
  const index = NAMES.indexOf((isBright ? word.slice(7) : word) as (typeof NAMES)[number]);
  return index === -1 ? undefined : index + (isBright ? 8 : 0);
}

function trueColour(hex: string, shift: number): string {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return `${38 + shift};2;${red};${green};${blue}`;
}
