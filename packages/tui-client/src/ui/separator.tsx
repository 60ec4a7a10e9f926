import { Text } from "ink";
import { shownRoom } from "../store/state.ts";
import { textWidth } from "../text/width.ts";
import type { Geometry } from "./geometry.ts";
import { useChat } from "./use-chat.ts";

/** The line below the timeline; says what came below the part that is shown. */
export function Separator({ geometry }: { readonly geometry: Geometry }) {
  const newBelow = useChat((state) => shownRoom(state).newBelow);
  const isScrolled = useChat((state) => shownRoom(state).anchor !== undefined);
  return <Text dimColor={!isScrolled}>{drawSeparator(geometry, isScrolled, newBelow)}</Text>;
}

function drawSeparator(geometry: Geometry, isScrolled: boolean, newBelow: number): string {
  const { roomListWidth, nickListWidth, timelineWidth } = geometry;
  const label = !isScrolled ? "" : newBelow > 0 ? ` ↓ ${newBelow} new ` : " ↓ PgDn ";
  const left = Math.max(0, Math.floor((timelineWidth - textWidth(label)) / 2));
  const right = Math.max(0, timelineWidth - left - textWidth(label));
  return [
    roomListWidth > 0 ? `${"─".repeat(roomListWidth)}┴` : "",
    "─".repeat(left) + label + "─".repeat(right),
    nickListWidth > 0 ? `┴${"─".repeat(nickListWidth)}` : "",
  ].join("");
}
