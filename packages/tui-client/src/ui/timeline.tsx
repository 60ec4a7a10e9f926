import { Box, Text } from "ink";
import { memo } from "react";
import { shownRoom } from "../store/state.ts";
import type { LayoutEntry, Row } from "../timeline/layout.ts";
import { entriesOf } from "../timeline/room-entries.ts";
import { visibleRows } from "../timeline/viewport.ts";
import { colourOfName } from "./colours.ts";
import { useChat } from "./use-chat.ts";

interface Props {
  readonly width: number;
  readonly height: number;
  readonly layout: LayoutEntry;
}

/** The talk. Only rows on the screen are mounted: every mounted row costs in every frame, seen or not. */
export function Timeline({ width, height, layout }: Props) {
  const room = useChat(shownRoom);
  return (
    <Box flexDirection="column" width={width} height={height} justifyContent="flex-end" overflow="hidden">
      {visibleRows(entriesOf(room), room.anchor, height, layout).map((row) => (
        <TimelineRow key={row.key} row={row} />
      ))}
    </Box>
  );
}

const TimelineRow = memo(function TimelineRow({ row }: { readonly row: Row }) {
  const isDim = row.tone === "dim";
  return (
    <Text wrap="truncate-end">
      <Text dimColor>{row.time}</Text>
      <Text dimColor={isDim} {...(row.colourOf === undefined ? {} : { color: colourOfName(row.colourOf) })}>
        {row.name}
      </Text>
      <Text dimColor={isDim} {...(row.tone === "failed" ? { color: "red" } : {})}>
        {/* A row without any cell would take no line. */}
        {row.text || " "}
      </Text>
    </Text>
  );
});
