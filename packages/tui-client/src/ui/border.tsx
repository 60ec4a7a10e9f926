import { Box, Text } from "ink";

/** A vertical line between two parts of the screen. */
export function Border({ height }: { readonly height: number }) {
  return (
    <Box width={1} height={height} flexShrink={0}>
      <Text dimColor>{Array.from({ length: height }, () => "│").join("\n")}</Text>
    </Box>
  );
}
