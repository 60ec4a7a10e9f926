import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** A draft is no longer; what an editor makes of it is not read beyond this. */
const MAX_LENGTH = 65_536;

/**
 * The text as the user leaves it in $VISUAL or $EDITOR, without the line end of its last line. The terminal is the editor's
 * meanwhile. Rejects when the editor cannot be started or fails: the draft stays what it was.
 * @param signal ends the editor, which would otherwise go on reading beside the shell
 */
export async function editText(
  text: string,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "palaver-draft-"));
  const file = join(folder, "message.txt");
  try {
    await writeFile(file, text, { mode: 0o600 });
    const [program = "vi", ...args] = (env["VISUAL"] || env["EDITOR"] || "vi")
      .split(/\s+/)
      .filter((word) => word !== "");
    await run(program, [...args, file], signal);
    const edited = await readFile(file, "utf8");
    return edited.slice(0, MAX_LENGTH).toWellFormed().replace(/\n$/, "");
  } finally {
    // At once: the process may be about to end.
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", signal });
    child.on("error", reject);
    child.on("close", (code, killedBy) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${killedBy ?? `status ${code}`}`));
    });
  });
}
