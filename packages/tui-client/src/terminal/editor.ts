import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/**
 * The text as the user leaves it in $VISUAL or $EDITOR, byte for byte. The terminal is the editor's
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
    return await readFile(file, "utf8");
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
