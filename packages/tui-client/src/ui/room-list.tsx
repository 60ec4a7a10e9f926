import { Box, Text } from "ink";
import { fitText, truncateText } from "../text/width.ts";
import { sanitizeName } from "../text/sanitize.ts";
import { useChat } from "./use-chat.ts";

/** Rooms by number, with what is unread; a mark stands before the one that is shown. */
export function RoomList({ width, height }: { readonly width: number; readonly height: number }) {
  const rooms = useChat((state) => state.rooms);
  const shown = useChat((state) => state.shown);
  // The shown room stays in sight of a list longer than the screen.
  const first = Math.max(0, Math.min(shown - height + 1, rooms.length - height));

  return (
    <Box flexDirection="column" width={width} flexShrink={0}>
      {rooms.slice(first, first + height).map((room, index) => {
        const number = first + index;
        const unread = room.unread > 0 ? ` ${room.unread > 999 ? "999+" : room.unread}` : "";
        const label = `${number === shown ? ">" : " "}${number + 1} #${sanitizeName(room.name)}`;
        return (
          <Text key={room.name} bold={number === shown} wrap="truncate-end">
            {fitText(truncateText(label, width - unread.length) + unread, width)}
          </Text>
        );
      })}
    </Box>
  );
}
