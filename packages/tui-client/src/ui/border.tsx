import { Box, Text } from "ink";
import { memo } from "react";
import type { Look } from "../theme/look.ts";

/** A vertical line between two parts of the screen. */
export const Border = memo(function Border({
  height,
  look,
}: {
  readonly height: number;
  readonly look: Look;
}) {
  return (
    <Box width={1} height={height} flexShrink={0}>
      <Text>
        {Array.from({ length: height }, () => look.paint("border", look.glyphs.vertical)).join("\n")}
      </Text>
    </Box>
  );
});
