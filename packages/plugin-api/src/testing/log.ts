import type { Log } from "../plugin.ts";

/** A line of the plugin's log. */
export interface LogLine {
  readonly level: "info" | "warn" | "error" | "progress";
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** A log that writes to a list; progress has the field `fraction`. */
export function createTestLog(lines: LogLine[]): Log {
  const level = (name: LogLine["level"]) => (message: string, fields?: LogLine["fields"]) =>
    void lines.push({ level: name, message, fields });
  return {
    info: level("info"),
    warn: level("warn"),
    error: level("error"),
    progress: (task, fraction) => level("progress")(task, { fraction }),
  };
}
