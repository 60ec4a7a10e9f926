import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { Recent } from "./recent.ts";
import { maxRemotes, Remote } from "./remote.ts";
import { plainAddress } from "./transport.ts";
import { maxUnsentBytes, type Datagram, type UdpSocket, type UdpSocketOptions } from "./udp-socket.ts";

/** A socket of `node:dgram`, on every system. @throws the system's error when it cannot be bound. */
export async function openDgramSocket(options: UdpSocketOptions): Promise<UdpSocket> {
  const { address, port, bufferBytes } = options;
  const isV6 = options.family === 6;
  const sizes = { recvBufferSize: bufferBytes, sendBufferSize: bufferBytes };
  const socket = createDgram(options, { ...sizes, ...(options.reusePort && { reusePort: true }) });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ port, address, exclusive: true }, resolve);
  });
  socket.removeAllListeners("error");
  socket.on("error", options.failed);

  // An IPv6 socket that serves IPv4 too wants the mapped form back.
  const isMapped = isV6 && !options.ipv6Only;
  const remotes = new Recent<string, Remote>(maxRemotes);
  const remoteOf = (host: string, remotePort: number) => {
    const key = `${remotePort}|${host}`;
    let remote = remotes.get(key);
    if (!remote) remotes.set(key, (remote = new Remote(host, remotePort)));
    return remote;
  };
  let unsent = 0;
  socket.on("message", (datagram, info: RemoteInfo) => {
    // Port 0 is only ever forged, and nothing can be sent there.
    if (info.port !== 0) options.receive(datagram, remoteOf(plainAddress(info.address), info.port));
  });
  const send = (datagram: Datagram, to: Remote) => {
    if (socket.getSendQueueSize() > maxUnsentBytes) {
      unsent++;
      return;
    }
    const target = isMapped && !to.address.includes(":") ? `::ffff:${to.address}` : to.address;
    socket.send(Buffer.from(datagram), to.port, target);
  };
  return {
    io: "dgram",
    port: socket.address().port,
    recvBufferBytes: socket.getRecvBufferSize(),
    sendBufferBytes: socket.getSendBufferSize(),
    get unsent() {
      return unsent;
    },
    remote: remoteOf,
    send,
    circle: (members) => ({
      send(datagram) {
        for (const to of members) send(datagram, to);
      },
    }),
    close: () => new Promise((resolve) => void socket.close(() => resolve())),
  };
}

export function createDgram(
  { family, ipv6Only }: UdpSocketOptions,
  more: { recvBufferSize?: number; sendBufferSize?: number; reusePort?: boolean } = {},
): Socket {
  const isV6 = family === 6;
  return createSocket({
    type: isV6 ? "udp6" : "udp4",
    ipv6Only: isV6 && ipv6Only,
    ...more,
    // Every address here is numeric, and the default look-up puts each datagram off to the next tick.
    lookup: (name, _options, callback) => callback(null, name, family),
  });
}
