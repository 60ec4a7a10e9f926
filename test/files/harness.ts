import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type Connection } from "../../packages/client/src/index.ts";
import { type ConfigDir, makeConfigDir } from "../../packages/client/test/client-harness.ts";
import type { HubHarness } from "../../packages/server/test/hub-harness.ts";

/** A user with a key, and a folder of files of its own. */
export interface Person extends AsyncDisposable {
  readonly connection: Connection;
  readonly folder: string;
  /** Writes a file of random bytes, or of these. */
  write(name: string, content: number | Uint8Array | string): string;
  read(name: string): Buffer;
  has(name: string): boolean;
}

export async function arrive(port: number, nick: string): Promise<Person> {
  const dir: ConfigDir = await makeConfigDir();
  const connection = connect({ host: "127.0.0.1", port, nick, configDir: dir.path });
  const pathOf = (name: string) => join(dir.path, name);
  return {
    connection,
    folder: dir.path,
    write(name, content) {
      writeFileSync(pathOf(name), typeof content === "number" ? randomBytes(content) : content);
      return pathOf(name);
    },
    read: (name) => readFileSync(pathOf(name)),
    has: (name) => existsSync(pathOf(name)),
    async [Symbol.asyncDispose]() {
      await connection.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** What lies in the plugin's folder. */
export function contentOf(hub: HubHarness): readonly string[] {
  return readdirSync(contentFolder(hub));
}

export function contentFolder({ config }: HubHarness): string {
  return join(config.dataDir, "plugins/files/content");
}
