import { appendFileSync, truncateSync, writeFileSync } from "node:fs";

/** Longest recording, in bytes; what comes later is left out. */
const MAX_BYTES = 256 * 1024 * 1024;

/** One event of an asciicast: seconds since the start, output or resize, and what. */
export type CastEvent = readonly [seconds: number, type: "o" | "r", data: string];

/** Writes what a terminal shows into an asciicast (version 2), event by event: a crash loses nothing. */
export interface Recording {
  output(data: string): void;
  resize(columns: number, rows: number): void;
}

/**
 * @param onCut is told once when the disk takes no more: the recording ends there.
 * @throws when the file cannot be begun. What people write is in it as it is on the screen, keys are not.
 */
export function startRecording(
  file: string,
  size: { readonly columns: number; readonly rows: number },
  onCut: (reason: unknown) => void,
  now: () => number = () => performance.now(),
): Recording {
  const startedAt = now();
  const header = {
    version: 2,
    width: size.columns,
    height: size.rows,
    timestamp: Math.floor(Date.now() / 1000),
  };
  const begin = Buffer.from(`${JSON.stringify(header)}\n`);
  writeFileSync(file, begin, { mode: 0o600 });
  let written = begin.length;
  let isCut = false;

  function add(type: CastEvent[1], data: string): void {
    const seconds = Math.round(now() - startedAt) / 1000;
    const line = Buffer.from(`${JSON.stringify([seconds, type, data] satisfies CastEvent)}\n`);
    isCut ||= written + line.length > MAX_BYTES;
    if (isCut) return;
    try {
      appendFileSync(file, line);
      written += line.length;
    } catch (error) {
      isCut = true;
      dropHalfLine();
      onCut(error);
    }
  }

  /** Else the recording could not be shown. */
  function dropHalfLine(): void {
    try {
      truncateSync(file, written);
    } catch {
      // It is not ours any more.
    }
  }

  return { output: (data) => add("o", data), resize: (columns, rows) => add("r", `${columns}x${rows}`) };
}

/** Reads a recording. Throws with file, line and remedy for one that is none. */
export function parseRecording(text: string, file: string): readonly CastEvent[] {
  const [header = "", ...lines] = text.split("\n");
  if (!/"version":\s*[23]\b/.test(header))
    throw new Error(`${file}:1: is no recording; make one with --record`);
  return lines.flatMap((line, index): CastEvent[] => {
    if (line.trim() === "") return [];
    const event = tryEvent(line);
    if (event === undefined)
      throw new Error(`${file}:${index + 2}: is no event of a recording; remove the line`);
    return event[1] === "o" || event[1] === "r" ? [event as CastEvent] : [];
  });
}

function tryEvent(line: string): readonly [number, string, string] | undefined {
  try {
    const event: unknown = JSON.parse(line);
    if (!Array.isArray(event)) return undefined;
    const [seconds, type, data] = event as unknown[];
    return typeof seconds === "number" && typeof type === "string" && typeof data === "string"
      ? [seconds, type, data]
      : undefined;
  } catch {
    return undefined;
  }
}
