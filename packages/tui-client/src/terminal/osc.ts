import { sanitizeLine } from "../text/sanitize.ts";

/** A notification's title and body, in characters; desktops show no more. */
const MAX_TITLE = 80;
const MAX_BODY = 200;
/** Terminals take no longer selections (xterm: 100,000 bytes of base64). */
const MAX_COPY_BYTES = 74_000;

// Besides controls, a semicolon would end a field of OSC 777.
const field = (text: string, length: number) => sanitizeLine(text, length).replaceAll(";", ",");

export type NotificationProtocol = "osc9" | "osc777";

/** A notification of the desktop through the terminal; whatever the texts hold, it stays one. */
export function notification(protocol: NotificationProtocol, title: string, body: string): string {
  const [head, text] = [field(title, MAX_TITLE), field(body, MAX_BODY)];
  return protocol === "osc9" ? `\u001b]9;${head}: ${text}\u0007` : `\u001b]777;notify;${head};${text}\u0007`;
}

/** Puts a text into the clipboard, where the terminal lets programs do that; cut where it is too long. */
export function copySequence(text: string): string {
  const bytes = Buffer.from(text).subarray(0, MAX_COPY_BYTES);
  return `\u001b]52;c;${bytes.toString("base64")}\u0007`;
}

export const BELL = "\u0007";

/** The protocol that a terminal is known to understand; most others ignore OSC 777. */
export function notificationProtocol(
  env: Readonly<Record<string, string | undefined>>,
): NotificationProtocol {
  const knowsOsc9 =
    ["iTerm.app", "WezTerm", "ghostty"].includes(env["TERM_PROGRAM"] ?? "") ||
    env["WT_SESSION"] !== undefined;
  return knowsOsc9 || env["TERM"] === "xterm-kitty" ? "osc9" : "osc777";
}
