// Other servers, from Debian's packages, each on a port and with a folder of its own, with its limits lifted.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { ReferenceServer } from "./reference.ts";

interface Peer {
  /** @returns the file it reads, and how it is started with that file. */
  configure(port: number): { readonly config: string; args(file: string): readonly string[] };
}

export type PeerName = "ngircd" | "inspircd" | "nats-server" | "mosquitto";

const peers: Readonly<Record<PeerName, Peer>> = {
  ngircd: {
    configure: (port) => ({
      config:
        `[Global]\nName = bench.local\nInfo = bench\nListen = 127.0.0.1\nPorts = ${port}\n` +
        `[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\nPingTimeout = 600\n` +
        `[Options]\nDNS = no\nIdent = no\nPAM = no\n`,
      args: (file) => ["-n", "-f", file],
    }),
  },
  inspircd: {
    configure: (port) => ({
      config:
        `<config format="xml"><server name="bench.local" description="bench" network="bench" id="001">` +
        `<admin name="b" email="b@bench.local" nick="b"><bind address="127.0.0.1" port="${port}" type="clients">` +
        `<connect allow="*" timeout="60" pingfreq="600" threshold="1000000" commandrate="1000000000" fakelag="no" ` +
        `hardsendq="100M" softsendq="100M" recvq="1M" localmax="100000" globalmax="100000" resolvehostnames="no">` +
        `<performance softlimit="100000" quietbursts="yes"><security maxtargets="20">\n`,
      args: (file) => [`--config=${file}`, "--nofork", "--nolog", "--nopid", "--runasroot"],
    }),
  },
  "nats-server": {
    configure: (port) => ({
      config: `host: 127.0.0.1\nport: ${port}\n`,
      args: (file) => ["-c", file],
    }),
  },
  mosquitto: {
    configure: (port) => ({
      config: `listener ${port} 127.0.0.1\nallow_anonymous true\nlog_type none\nmax_queued_messages 0\n`,
      args: (file) => ["-c", file],
    }),
  },
};

/** @returns undefined, after saying so, when it is not installed. */
export async function tryStartPeer(name: PeerName): Promise<ReferenceServer | undefined> {
  const path = `${process.env["PATH"]}:/usr/sbin`;
  if (spawnSync("which", [name], { env: { PATH: path } }).status !== 0) {
    const debian = name === "ngircd" || name === "inspircd" || name === "mosquitto" ? name : "nats-server";
    process.stdout.write(`(${name} is missing here: apt-get install ${debian})\n`);
    return undefined;
  }
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "palaver-bench-"));
  const file = join(folder, "config");
  const { config, args } = peers[name].configure(port);
  writeFileSync(file, config);
  const child = spawn(name, args(file), {
    env: { ...process.env, PATH: path },
    stdio: "ignore",
    cwd: folder,
  });
  for (let tries = 0; !(await tryConnect(port)); tries++) {
    if (tries === 50 || child.exitCode !== null) throw new Error(`${name} does not listen on ${port}`);
    await wait(100);
  }
  return {
    port,
    child,
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function tryConnect(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
