// Other servers, from Debian's packages, each on a port and with a folder of its own, with its limits lifted.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { ReferenceServer } from "./reference.ts";

interface Peer {
  /** Where its name is another. */
  readonly program?: string;
  readonly debian: string;
  /**
   * @param folder is its own.
   * @param words a file of `word:translation` lines, for those who look words up.
   * @returns the file it reads, and how it is started with that file.
   */
  configure(
    port: number,
    folder: string,
    words: string,
  ): { readonly config: string; args(file: string): readonly string[] };
}

export type PeerName =
  | "ngircd"
  | "inspircd"
  | "nats-server"
  | "mosquitto"
  | "dictd"
  | "coap-server"
  | "nrpe"
  | "nrpe-tls";

const nrpePackages = "nagios-nrpe-server nagios-nrpe-plugin";

const peers: Readonly<Record<PeerName, Peer>> = {
  ngircd: {
    debian: "ngircd",
    configure: (port) => ({
      config:
        `[Global]\nName = bench.local\nInfo = bench\nListen = 127.0.0.1\nPorts = ${port}\n` +
        `[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\nPingTimeout = 600\n` +
        `[Options]\nDNS = no\nIdent = no\nPAM = no\n`,
      args: (file) => ["-n", "-f", file],
    }),
  },
  inspircd: {
    debian: "inspircd",
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
    debian: "nats-server",
    configure: (port) => ({
      config: `host: 127.0.0.1\nport: ${port}\n`,
      args: (file) => ["-c", file],
    }),
  },
  mosquitto: {
    debian: "mosquitto",
    configure: (port) => ({
      config: `listener ${port} 127.0.0.1\nallow_anonymous true\nlog_type none\nmax_queued_messages 0\n`,
      args: (file) => ["-c", file],
    }),
  },
  dictd: {
    debian: "dictd",
    configure(port, folder, words) {
      const { index, definitions } = dictionaryOf(readFileSync(words, "utf8"));
      const [indexFile, dataFile] = [join(folder, "words.index"), join(folder, "words.dict")];
      writeFileSync(indexFile, index);
      writeFileSync(dataFile, definitions);
      return {
        config: `global { limit_queries 1000000000 limit_definitions 1000000000 limit_time 3600 }\naccess { allow * }\ndatabase words { data "${dataFile}" index "${indexFile}" }\n`,
        args: (file) =>
          `-c ${file} --port ${port} --listen-to 127.0.0.1 --debug nodetach --pid-file ${folder}/pid`.split(
            " ",
          ),
      };
    },
  },
  "coap-server": {
    program: "coap-server-notls",
    debian: "libcoap3-bin",
    configure: (port) => ({
      config: "",
      args: () => ["-A", "127.0.0.1", "-p", String(port), "-d", "20000"],
    }),
  },
  nrpe: { debian: nrpePackages, configure: (port) => configureNrpe(port, ["-n"]) },
  "nrpe-tls": { program: "nrpe", debian: nrpePackages, configure: (port) => configureNrpe(port, []) },
};

function configureNrpe(port: number, options: readonly string[]): ReturnType<Peer["configure"]> {
  const user = "nrpe_user=nagios\nnrpe_group=nagios\n";
  return {
    config: `server_port=${port}\nserver_address=127.0.0.1\nallowed_hosts=127.0.0.1\n${user}command[now]=/bin/date\n`,
    args: (file) => ["-c", file, "-f", ...options],
  };
}

/** As dictd has it: entries in order, with place and length in digits of base 64, the highest first. */
function dictionaryOf(words: string): { readonly index: string; readonly definitions: Buffer } {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const base64 = (value: number): string =>
    (value < 64 ? "" : base64(Math.floor(value / 64))) + digits[value % 64];
  const rows: string[] = [];
  const definitions: Buffer[] = [];
  let at = 0;
  for (const line of words.trimEnd().split("\n").toSorted()) {
    const [word, translation] = line.split(":");
    const definition = Buffer.from(`${word}\n  ${translation}\n`);
    rows.push(`${word}\t${base64(at)}\t${base64(definition.length)}\n`);
    definitions.push(definition);
    at += definition.length;
  }
  return { index: rows.toSorted().join(""), definitions: Buffer.concat(definitions) };
}

/**
 * @param words what it looks up, if it does.
 * @returns undefined, after saying so, when it is not installed.
 */
export async function tryStartPeer(name: PeerName, words = ""): Promise<ReferenceServer | undefined> {
  const path = `${process.env["PATH"]}:/usr/sbin`;
  const { program = name, debian, configure } = peers[name];
  if (spawnSync("which", [program], { env: { PATH: path } }).status !== 0) {
    process.stdout.write(`(${name} is missing here: apt-get install ${debian})\n`);
    return undefined;
  }
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "palaver-bench-"));
  const file = join(folder, "config");
  const { config, args } = configure(port, folder, words);
  writeFileSync(file, config);
  // Some servers give root's rights up before they read it.
  chmodSync(folder, 0o755);
  const child = spawn(program, args(file), {
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
