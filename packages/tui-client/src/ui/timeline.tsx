import { Box, Text } from "ink";
import { memo } from "react";
import type { Look } from "../theme/look.ts";
import { fitText } from "../text/width.ts";
import type { Row } from "../timeline/layout.ts";

interface Props {
  readonly rows: readonly Row[];
  /** The entry that is chosen as a whole. */
  readonly selected: number | undefined;
  readonly width: number;
  readonly height: number;
  readonly look: Look;
}

/** The talk. Only rows on the screen are mounted: every mounted row costs in every frame, seen or not. */
export const Timeline = memo(function Timeline({ rows, selected, width, height, look }: Props) {
  return (
    <Box flexDirection="column" width={width} height={height} justifyContent="flex-end" overflow="hidden">
      {rows.map((row) => (
        <TimelineRow
          key={row.key}
          text={row.entryId === selected ? look.paint("selected", fitText(row.plain, width)) : row.text}
        />
      ))}
    </Box>
  );
});

const TimelineRow = memo(function TimelineRow({ text }: { readonly text: string }) {
  // A row without any cell would take no line.
  return <Text wrap="truncate-end">{text || " "}</Text>;
});
