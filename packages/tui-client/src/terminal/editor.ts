import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** A draft is no longer; what an editor makes of it is not read beyond this. */
const MAX_LENGTH = 65_536;

/**
 * The text as the user leaves it in $VISUAL or $EDITOR, without the line end of its last line. The terminal is the editor's
 * meanwhile. Rejects when the editor cannot be started or fails: the draft stays what it was.
 */
export async function editText(text: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "palaver-draft-"));
  const file = join(folder, "message.txt");
  try {
    await writeFile(file, text, { mode: 0o600 });
    const [program = "vi", ...args] = (env["VISUAL"] || env["EDITOR"] || "vi")
      .split(/\s+/)
      .filter((word) => word !== "");
    await run(program, [...args, file]);
    const edited = await readFile(file, "utf8");
    return edited.slice(0, MAX_LENGTH).toWellFormed().replace(/\n$/, "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${signal ?? `status ${code}`}`));
    });
  });
}
