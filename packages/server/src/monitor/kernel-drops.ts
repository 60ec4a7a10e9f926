import { readFile } from "node:fs/promises";
import { senderInodes } from "../transport/bind-udp.ts";

/**
 * Datagrams that the kernel took for these UDP ports and dropped, because the hub did not fetch them in time. Sockets
 * of others on the same port of another address are counted too; those of ours that only send are not.
 * @returns undefined where the system does not tell (not Linux).
 */
export async function readKernelDrops(ports: readonly number[]): Promise<number | undefined> {
  const tables = await Promise.all(
    ["/proc/net/udp", "/proc/net/udp6"].map((path) => readFile(path, "utf8").catch(() => undefined)),
  );
  const known = tables.filter((table) => table !== undefined);
  return known.length === 0
    ? undefined
    : known.reduce((sum, table) => sum + dropsOf(table, ports, senderInodes), 0);
}

/** Linux, `udp4_format_sock`: `sl: ADDRESS:PORT …` in hexadecimal, the inode tenth, and the drops last. */
export function dropsOf(table: string, ports: readonly number[], except: ReadonlySet<string>): number {
  let sum = 0;
  for (const line of table.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    const port = Number.parseInt(fields[1]?.split(":")[1] ?? "", 16);
    if (ports.includes(port) && !except.has(fields[9]!)) sum += Number(fields.at(-1));
  }
  return sum;
}
