import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

/** Where a program lies, if it is installed; servers too. */
export const findProgram = (name: string): string | undefined =>
  [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"]
    .map((place) => join(place, name))
    .find((path) => existsSync(path));

export interface Sshd {
  readonly port: number;
  readonly child: ChildProcess;
  /** What ssh and scp need to be let in. */
  readonly options: readonly string[];
}

/** An sshd of our own, with keys of its own. @returns undefined where it is not installed */
export async function startSshd(folder: string, address = "127.0.0.1"): Promise<Sshd | undefined> {
  const sshd = findProgram("sshd");
  if (sshd === undefined) return undefined;
  for (const name of ["host", "user"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  copyFileSync(join(folder, "user.pub"), join(folder, "authorized"));
  const port = await findPort();
  const options = {
    HostKey: join(folder, "host"),
    AuthorizedKeysFile: join(folder, "authorized"),
    ListenAddress: address,
    StrictModes: "no",
    PidFile: "none",
    UsePAM: "no",
    Subsystem: "sftp internal-sftp",
  };
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const child = spawn(
    sshd,
    [
      "-D",
      "-f",
      "/dev/null",
      "-p",
      String(port),
      ...Object.entries(options).flatMap((o) => ["-o", o.join("=")]),
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const known = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
  const login = ["-i", join(folder, "user"), ...known.flatMap((option) => ["-o", option])];
  return child.exitCode === null ? { port, child, options: login } : undefined;
}

/** A port that was free a moment ago. */
export async function findPort(): Promise<number> {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  return port;
}
