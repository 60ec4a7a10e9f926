import { homedir } from "node:os";
import { join } from "node:path";

/** Where identity and known hosts are kept: `$XDG_CONFIG_HOME/palaver`, else `~/.config/palaver`. */
export function defaultConfigDir(): string {
  return join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "palaver");
}
