import { Text } from "ink";
import { type ChatState, countPending, shownRoom } from "../store/state.ts";
import { sanitizeName } from "../text/sanitize.ts";
import { fitText } from "../text/width.ts";
import { useChat } from "./use-chat.ts";

/** Who and where we are, how the hub is, and what waits; a hint takes its place until the next key. */
export function StatusLine({ width }: { readonly width: number }) {
  const text = useChat(describeStatus);
  const isOnline = useChat((state) => state.connection.state === "online");
  return (
    <Text bold={!isOnline} wrap="truncate-end">
      {fitText(` ${text}`, width)}
    </Text>
  );
}

/** The words of the status line. */
function describeStatus(state: ChatState): string {
  if (state.hint !== undefined) return state.hint;
  const { pastedLines } = state.composer;
  if (pastedLines > 0) return `${pastedLines} lines pasted: Enter sends them as one message, Esc discards`;
  const parts = [`[${state.nick ?? "…"}]`, `#${sanitizeName(shownRoom(state).name)}`, describeHub(state)];
  const pending = countPending(state);
  if (state.connection.state === "online" && pending > 0) parts.push(`queued ${pending}`);
  const elsewhere = state.rooms.reduce((sum, room) => sum + room.unread, 0);
  if (elsewhere > 0) parts.push(`unread ${elsewhere}`);
  return parts.join("  ");
}

function describeHub(state: ChatState): string {
  const { reason } = state.connection;
  const why = reason === undefined ? "" : `: ${reason}`;
  const pending = countPending(state);
  const queued = pending > 0 ? `, ${pending} queued` : "";
  switch (state.connection.state) {
    case "online":
      return state.lagMs === undefined ? "online" : `online  lag ${Math.round(state.lagMs)}ms`;
    case "connecting":
      return `connecting…${queued}${why}`;
    case "offline":
      return `OFFLINE, trying again${queued}${why}`;
    case "closed":
      return `CLOSED${why}`;
  }
}
