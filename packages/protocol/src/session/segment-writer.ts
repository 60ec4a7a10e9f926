import type { FrameWriter } from "./frame.ts";
import type { SendStream, Segment } from "./send-stream.ts";
import type { SentFrame } from "./sent-frame.ts";

/** Writes one segment of a stream and notes what was sent: for new data, for what was lost and for copies. */
export function writeSegment(
  writer: FrameWriter,
  frames: SentFrame[],
  stream: SendStream,
  segment: Segment,
): void {
  const { offset, length, isLast } = segment;
  stream.copyTo(writer.stream(stream.id, offset, length, isLast), offset);
  frames.push({ type: "stream", stream, offset, length, isLast });
}
