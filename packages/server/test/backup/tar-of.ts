import { pack, type Header } from "tar-stream";

export type Entry = readonly [Partial<Header> & Pick<Header, "name">, (string | Buffer)?];

/** An archive as any program could make it. */
export async function tarOf(...entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const [header, content] of entries) archive.entry(header, content ?? "");
  archive.finalize();
  return Buffer.concat((await Array.fromAsync(archive)) as Buffer[]);
}
