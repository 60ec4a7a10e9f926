import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "corpus");
const pathOf = (target: string) => join(folder, `${target}.txt`);

/** Inputs that reached code which none before them had, and those that broke something once: base64, one a line. */
export function readCorpus(target: string): readonly Uint8Array[] {
  if (!existsSync(pathOf(target))) return [];
  const lines = readFileSync(pathOf(target), "utf8").split("\n").slice(0, -1);
  return lines.map((line) => Buffer.from(line, "base64"));
}

export function writeCorpus(target: string, inputs: readonly Uint8Array[]): void {
  const lines = new Set(inputs.map((bytes) => Buffer.from(bytes).toString("base64")));
  writeFileSync(pathOf(target), [...lines].map((line) => `${line}\n`).join(""));
}
