import type { Words } from "../i18n/words.ts";
import type { Room } from "../store/state.ts";
import { textWidth } from "../text/width.ts";
import type { Look } from "../theme/look.ts";
import type { Geometry } from "./geometry.ts";

/** The line below the timeline; says what came below the part that is shown. */
export function drawSeparator(geometry: Geometry, room: Room, look: Look, words: Words): string {
  const { roomListWidth, nickListWidth, timelineWidth, timelineHeight, panelHeight } = geometry;
  const { glyphs } = look;
  const isScrolled = room.anchor !== undefined && timelineHeight > 0;
  const label = !isScrolled
    ? ""
    : look.show(` ${glyphs.down} ${room.newBelow > 0 ? words.newBelow(room.newBelow) : words.scrolled} `);
  const left = Math.max(0, Math.floor((timelineWidth - textWidth(label)) / 2));
  const right = Math.max(0, timelineWidth - left - textWidth(label));
  // Above a panel the lists have ended.
  const cross = panelHeight > 0 ? glyphs.horizontal : glyphs.cross;
  const line = (width: number) => glyphs.horizontal.repeat(width);
  return (
    look.paint("border", (roomListWidth > 0 ? line(roomListWidth) + cross : "") + line(left)) +
    look.paint(room.newBelow > 0 ? "unread" : "hint", label) +
    look.paint("border", line(right) + (nickListWidth > 0 ? cross + line(nickListWidth) : ""))
  );
}
