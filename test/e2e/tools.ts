import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const packages: Readonly<Record<string, string>> = {
  nc: "netcat-openbsd",
  tmux: "tmux",
  bwrap: "bubblewrap",
  unshare: "util-linux",
  nsenter: "util-linux",
  ip: "iproute2",
  gcc: "gcc libc6-dev",
  dict: "dict",
  dictd: "dictd",
  chromium: "chromium",
  "systemd-analyze": "systemd",
  zsh: "zsh",
  fish: "fish",
};

/** The path of a program that these tests need. @throws {Error} with the command that installs it. */
export function findTool(name: string): string {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  throw new Error(`${name} is missing; install it: apt-get install -y ${packages[name] ?? name}`);
}
