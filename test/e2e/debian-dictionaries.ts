import { existsSync } from "node:fs";

/** Small dictionaries of Debian's. @throws {Error} with the command that installs them. */
export const debianDictionaries = {
  /** dictd, 2,305 headwords. */
  latin: requireFile("/usr/share/dictd/freedict-lat-eng.index", "dict-freedict-lat-eng"),
  /** StarDict, 18,259 headwords. */
  czech: requireFile("/usr/share/stardict/dic/czech-cizi.ifo", "stardict-czech"),
  /** dictd, 130 headwords. */
  elements: requireFile("/usr/share/dictd/elements.index", "dict-elements"),
};

function requireFile(path: string, name: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing; install it: apt-get install -y ${name}`);
  return path;
}
