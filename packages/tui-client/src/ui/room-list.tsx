import { Box, Text } from "ink";
import { memo } from "react";
import { sanitizeName } from "../text/sanitize.ts";
import { fitText, truncateText } from "../text/width.ts";
import type { Room } from "../store/state.ts";
import type { Look } from "../theme/look.ts";

interface Props {
  readonly rooms: readonly Room[];
  readonly shown: number;
  readonly width: number;
  readonly height: number;
  readonly look: Look;
}

const MAX_COUNT = 999;

/** Rooms by number, with what is unread, and an @ where we were named; a sign stands before the one that is shown. */
export const RoomList = memo(function RoomList({ rooms, shown, width, height, look }: Props) {
  // The shown room stays in sight of a list longer than the screen.
  const first = Math.max(0, Math.min(shown - height + 1, rooms.length - height));
  return (
    <Box flexDirection="column" width={width} flexShrink={0}>
      {rooms.slice(first, first + height).map((room, index) => (
        <Text key={room.name} wrap="truncate-end">
          {drawRoom(room, first + index, first + index === shown, width, look)}
        </Text>
      ))}
    </Box>
  );
});

function drawRoom(room: Room, number: number, isShown: boolean, width: number, look: Look): string {
  const count = room.mentions > 0 ? room.mentions : room.unread;
  const shownCount = count > MAX_COUNT ? `${MAX_COUNT}+` : String(count);
  const badge = count === 0 ? "" : ` ${room.mentions > 0 ? "@" : ""}${shownCount}`;
  const label = `${isShown ? ">" : " "}${number + 1} #${sanitizeName(room.name)}`;
  const name = look.show(fitText(truncateText(label, width - badge.length), width - badge.length));
  const role = room.mentions > 0 ? "mentioned" : room.unread > 0 ? "unread" : isShown ? "room" : undefined;
  return role === undefined ? name + badge : look.paint(role, name + badge);
}
