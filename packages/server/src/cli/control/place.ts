import { createHash } from "node:crypto";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

// sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS, a NUL among them.
const maxSocketPathBytes = 103;

export function pidFilePath(dataDir: string): string {
  return join(dataDir, "palaverd.pid");
}

/** The control socket of a data directory; where its path would be too long, a short one that depends on it. */
export function socketPath(dataDir: string): string {
  const hash = () => createHash("sha256").update(dataDir).digest("hex").slice(0, 24);
  if (process.platform === "win32") return String.raw`\\.\pipe\palaverd-${hash()}`;
  const path = join(dataDir, "palaverd.sock");
  if (Buffer.byteLength(path) <= maxSocketPathBytes) return path;
  return join(tmpdir(), `palaverd-${userInfo().uid}-${hash()}.sock`);
}
