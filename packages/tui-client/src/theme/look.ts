import { type ColourDepth, type Painter, createPainter } from "./style.ts";
import { type Glyphs, asciiGlyphs, unicodeGlyphs } from "./glyphs.ts";
import { ROLES, type Role, THEMES, type ThemeName } from "./themes.ts";
import { toAscii } from "../text/ascii.ts";

/** How everything looks on this terminal. */
export interface Look {
  paint(role: Role, text: string): string;
  /** The same colour for the same name, always. */
  paintName(name: string, text: string): string;
  readonly glyphs: Glyphs;
  /** The text as this terminal can show it, in as many cells. */
  show(text: string): string;
  /** Addresses are links (OSC 8). */
  readonly hasLinks: boolean;
}

export interface LookOptions {
  readonly theme: ThemeName;
  readonly depth: ColourDepth;
  readonly isUnicode: boolean;
  readonly hasLinks: boolean;
  /** Styles of the user's own. Throws for one that is none; the configuration is checked before. */
  readonly colours?: Readonly<Partial<Record<Role, string>>>;
}

export function createLook({ theme, depth, isUnicode, hasLinks, colours = {} }: LookOptions): Look {
  const { roles, names } = THEMES[depth === 4 ? 16 : theme];
  const painters = Object.fromEntries(
    Object.keys(ROLES).map((role) => [
      role,
      createPainter(colours[role as Role] ?? roles[role as Role], depth),
    ]),
  ) as Record<Role, Painter>;
  const namePainters = names.map((style) => createPainter(style, depth));
  return {
    paint: (role, text) => painters[role](text),
    paintName: (name, text) => namePainters[hashOf(name) % namePainters.length]?.(text) ?? text,
    glyphs: isUnicode ? unicodeGlyphs : asciiGlyphs,
    show: isUnicode ? (text) => text : toAscii,
    hasLinks,
  };
}

function hashOf(name: string): number {
  let hash = 0;
  for (const unit of name) hash = (hash * 31 + (unit.codePointAt(0) ?? 0)) >>> 0;
  return hash;
}
