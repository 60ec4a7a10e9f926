import { Box, Text } from "ink";
import { memo } from "react";
import { type Panel, type PanelRow, cropPanel } from "../overlays/panel.ts";
import { fitText, textWidth, truncateText } from "../text/width.ts";
import type { Look } from "../theme/look.ts";

interface Props {
  readonly panel: Panel;
  readonly width: number;
  readonly height: number;
  readonly look: Look;
}

const INDENT = "  ";
/** The widest first column. */
const MAX_LABEL_SHARE = 0.5;

/** What an overlay shows: a title, and rows of which one may be chosen. */
export const PanelView = memo(function PanelView({ panel, width, height, look }: Props) {
  const rows = cropPanel(panel, height - 1);
  const labels = panel.rows.filter(({ detail }) => detail !== undefined).map(({ text }) => textWidth(text));
  const labelWidth = Math.min(Math.floor(width * MAX_LABEL_SHARE), Math.max(0, ...labels) + 2);
  const title = look.show(truncateText(` ${panel.title} `, width - 4));
  const line = (count: number) => look.paint("border", look.glyphs.horizontal.repeat(Math.max(0, count)));
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0} overflow="hidden">
      <Text wrap="truncate-end">
        {line(2) + look.paint("title", title) + line(width - 2 - textWidth(title))}
      </Text>
      {rows.length === 0 ? (
        <Text>{look.paint("hint", INDENT + look.show(panel.empty ?? ""))}</Text>
      ) : undefined}
      {rows.map((row, index) => (
        // Rows have no other identity than their place.
        // oxlint-disable-next-line react/no-array-index-key
        <Text key={index} wrap="truncate-end">
          {drawRow(row, width, labelWidth, look)}
        </Text>
      ))}
    </Box>
  );
});

function drawRow({ text, detail, style }: PanelRow, width: number, labelWidth: number, look: Look): string {
  if (style === "title") return INDENT + look.paint("title", look.show(text));
  if (detail === undefined) return look.show(truncateText(INDENT + text, width)) || " ";
  const label = look.show(fitText(truncateText(text, labelWidth - 1), labelWidth));
  const rest = look.show(truncateText(detail, width - INDENT.length - labelWidth));
  if (style === "selected") return look.paint("selected", fitText(`> ${label}${rest}`, width));
  return INDENT + look.paint("key", label) + look.paint("hint", rest);
}
