import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { makeFolder } from "@palaver/client";
import { configTemplate } from "./template.ts";
import { readConfig } from "./read-config.ts";

/**
 * Opens the configuration in the user's editor, made from the template where there is none, and checks what was saved.
 * @throws {ConfigError} for what is refused in it; an `Error` when the editor does not run
 */
export function openConfig(file: string): void {
  makeFolder(dirname(file));
  try {
    writeFileSync(file, configTemplate(), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const editor = process.env["VISUAL"] || process.env["EDITOR"] || "vi";
  const [program = "vi", ...args] = editor.split(/\s+/).filter((word) => word !== "");
  const { error, status } = spawnSync(program, [...args, file], { stdio: "inherit" });
  if (error !== undefined)
    throw new Error(`${program} cannot be started: ${error.message}; set $EDITOR`, { cause: error });
  if (status !== 0) throw new Error(`${program} ended with status ${status}; ${file} is as it left it`);
  readConfig(file);
}
