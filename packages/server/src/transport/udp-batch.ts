import { release } from "@palaver/protocol";
import { bindUdp, closeSender, keepAlone, maxSenderBytes, systemError } from "./bind-udp.ts";
import { CircleBatch, maxCircleBytes } from "./circle-batch.ts";
import type { Libc } from "./libc.ts";
import { batchSize, maxBatchedBytes, MessageBatch } from "./message-batch.ts";
import { Recent } from "./recent.ts";
import { maxRemotes, Remote } from "./remote.ts";
import { plainAddress } from "./transport.ts";
import { createDgram } from "./udp-dgram.ts";
import {
  maxUnsentBytes,
  type Circle,
  type Datagram,
  type UdpSocket,
  type UdpSocketOptions,
} from "./udp-socket.ts";

// errno(3) of Linux.
const EINTR = 4;
const EAGAIN = 11;
const ENOBUFS = 105;
// What joined datagrams meet with on a kernel before 4.18, a device that computes no checksums (EIO), or a path that
// takes less than a segment: EIO, EINVAL, EMSGSIZE, EOPNOTSUPP. From then on each that goes there is sent by itself.
const cannotCut = new Set([5, 22, 90, 95]);

/** Headers that one `sendmmsg` takes (UIO_MAXIOV). */
const maxHeaders = 1024;
/** Batches that one wake-up reads before timers and other sockets have their turn. */
const maxBatchesAtOnce = 16;

/**
 * A socket that receives and sends up to 64 datagrams in one system call. `node:dgram` wakes us with the first
 * datagram, the others are fetched here; a look-up costs a quarter of what it costs with a call for each
 * (docs/performance.md).
 * @throws the system's error when it cannot be bound.
 */
export async function openBatchSocket(libc: Libc, options: UdpSocketOptions): Promise<UdpSocket> {
  const isV6 = options.family === 6;
  const { receiver, sender } = bindUdp(libc, options);
  const socket = createDgram(options);
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ fd: receiver }, resolve);
  });
  keepAlone(libc, receiver);
  socket.removeAllListeners("error");
  socket.on("error", options.failed);

  const incoming = new MessageBatch(libc, isV6);
  const outgoing = new MessageBatch(libc, isV6);
  const byKey = new Recent<number | string, Remote>(maxRemotes);
  const targets: Remote[] = [];
  let unsent = 0;
  let isOpen = true;
  let isReceiving = false;
  /** Something waits in node:dgram, or did a moment ago. */
  let isQueued = false;

  const keyOfName = (name: Uint8Array) => Buffer.from(name).toString("latin1");
  // Of the first datagram of a wake-up, whose address comes as text: mostly it is the one before.
  let last: Remote | undefined;
  const remoteOf = (address: string, port: number) => {
    if (last?.port === port && last.address === address) return last;
    const made = new Remote(address, port);
    const name = made.nameFor(isV6);
    const view = new DataView(name.buffer);
    const key = isV6 ? keyOfName(name) : view.getUint32(2, true) * 65_536 + view.getUint16(0, true);
    const known = byKey.get(key);
    if (!known) byKey.set(key, made);
    return (last = known ?? made);
  };
  const senderOf = (index: number) => {
    const at = incoming.nameAt(index) + 2;
    const key = isV6 ? incoming.memory.toString("latin1", at, at + 26) : incoming.v4Key(index);
    let remote = byKey.get(key);
    if (!remote) {
      const { address, port } = readName(incoming.memory.subarray(at), isV6);
      byKey.set(key, (remote = new Remote(address, port)));
    }
    return remote;
  };

  /** Hands over what waits there. */
  const drain = (fd: number) => {
    for (let round = 0; round < maxBatchesAtOnce; round++) {
      if (!isOpen) return;
      const count = libc.recvmmsg(fd, incoming.headers[0]!, batchSize, 0, null);
      for (let index = 0; index < count; index++) {
        const from = senderOf(index);
        if (from.port !== 0) options.receive(incoming.received(index), from);
      }
      if (count < batchSize) return;
    }
  };

  /** Lets node:dgram wait until the system takes more. */
  const sendLater = (datagram: Datagram, { address, port }: Remote) => {
    if (socket.getSendQueueSize() > maxUnsentBytes) {
      unsent++;
      return;
    }
    const target = isV6 && !address.includes(":") ? `::ffff:${address}` : address;
    socket.send(Buffer.from(datagram), port, target);
    isQueued = true;
  };

  const flush = () => {
    const count = isOpen ? targets.length : 0;
    // What waits in node:dgram is not overtaken.
    isQueued &&= isOpen && socket.getSendQueueCount() > 0;
    for (let sent = 0; sent < count;) {
      if (isQueued) {
        for (; sent < count; sent++) sendLater(outgoing.waiting(sent), targets[sent]!);
        break;
      }
      const headers = outgoing.layOut(targets, sent);
      const taken = libc.sendmmsg(receiver, outgoing.headers[0]!, headers, 0);
      if (taken > 0) {
        sent = outgoing.ends[taken - 1]!;
        continue;
      }
      const errno = libc.errno();
      if (errno === EINTR) continue;
      if (errno === EAGAIN || errno === ENOBUFS) {
        isQueued = true;
        continue;
      }
      const end = outgoing.ends[0]!;
      if (end - sent > 1 && cannotCut.has(errno)) {
        targets[sent]!.takesJoined = false;
        continue;
      }
      options.failed(systemError(errno, "sendmmsg"));
      unsent += end - sent;
      sent = end;
    }
    targets.length = 0;
  };

  const send = (datagram: Datagram, to: Remote) => {
    // A UTF-16 unit is at most three bytes of UTF-8.
    const maxBytes = typeof datagram === "string" ? datagram.length * 3 : datagram.length;
    if (maxBytes > maxBatchedBytes) return sendLater(datagram, to);
    // What is sent in one turn leaves together; what answers datagrams leaves when they are all handled.
    if (targets.length === 0 && !isReceiving) queueMicrotask(flush);
    outgoing.put(targets.length, datagram, to.nameFor(isV6));
    if (targets.push(to) === batchSize) flush();
  };

  const circleOf = (remotes: readonly Remote[]): Circle => {
    const batch = new CircleBatch(libc, remotes, isV6);
    const { length } = remotes;
    return {
      send(datagram) {
        flush();
        let sent = 0;
        if (isOpen && !isQueued && datagram.length <= maxCircleBytes) {
          batch.put(datagram);
          const fd = datagram.length <= maxSenderBytes ? (sender ?? receiver) : receiver;
          while (sent < length) {
            const taken = libc.sendmmsg(fd, batch.header(sent), Math.min(length - sent, maxHeaders), 0);
            if (taken <= 0) break;
            sent += taken;
          }
        }
        // Those that the system did not take are dealt with one by one.
        for (; sent < length; sent++) send(datagram, remotes[sent]!);
      },
    };
  };

  socket.on("message", (datagram, { address, port }) => {
    isReceiving = true;
    try {
      // Port 0 is only ever forged, and nothing can be sent there.
      if (port !== 0) options.receive(datagram, remoteOf(plainAddress(address), port));
      release(datagram);
      drain(receiver);
    } finally {
      isReceiving = false;
      flush();
    }
  });
  // What came there before the other one was bound.
  if (sender !== undefined) setImmediate(drain, sender);

  return {
    io: "batch",
    port: socket.address().port,
    recvBufferBytes: socket.getRecvBufferSize(),
    sendBufferBytes: socket.getSendBufferSize(),
    get unsent() {
      return unsent;
    },
    remote: remoteOf,
    send,
    circle: circleOf,
    async close() {
      flush();
      isOpen = false;
      if (sender !== undefined) closeSender(libc, sender);
      await new Promise<void>((resolve) => void socket.close(() => resolve()));
    },
  };
}

/** The reverse of `Remote.nameFor`. */
function readName(name: Uint8Array, isV6: boolean): { readonly address: string; readonly port: number } {
  const view = new DataView(name.buffer, name.byteOffset);
  const port = view.getUint16(0);
  if (!isV6) return { address: name.subarray(2, 6).join("."), port };
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(6 + 2 * index));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return { address: name.subarray(18, 22).join("."), port };
  }
  const scope = view.getUint32(22, true);
  // The URL parser writes an address the way inet_ntop(3) does (RFC 5952).
  const { hostname } = new URL(`udp://[${groups.map((group) => group.toString(16)).join(":")}]`);
  return { address: hostname.slice(1, -1) + (scope === 0 ? "" : `%${scope}`), port };
}
