// What a frame is made of: the cursor's way, erasing, scrolling, colours; the other screen and the cursor; links.
const DRAWING =
  /^(?:\u001b\[[0-9;:]*[A-HJKLMPSTXdfm]|\u001b\[\?(?:7|25|1049|2026)[hl]|\u001b\]8;[^\u0007\u001b]*\u0007)$/; // oxlint-disable-line no-control-regex
const CONTROLS =
  // oxlint-disable-next-line no-control-regex
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f]/g;

/**
 * What somebody else recorded, with only those sequences that draw: others set titles and clipboards, or make the terminal
 * answer as if the user typed.
 */
export function tameOutput(output: string): string {
  return output.replace(CONTROLS, (control) => (DRAWING.test(control) ? control : ""));
}
