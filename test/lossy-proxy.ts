import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createSeededRandom } from "../packages/protocol/test/seeded-random.ts";

/** How a proxy treats datagrams, in both directions; shares are from 0 to 1. */
export interface LinkConditions {
  readonly loss: number;
  readonly duplicate: number;
  /** Share that is held back for up to `reorderMs`. */
  readonly reorder: number;
  readonly reorderMs: number;
  readonly delayMs: number;
  /** After this long each client comes from a new source port, and its old one is gone; 0 for never. */
  readonly rebindEveryMs: number;
}

/** The link of the issue: 30 % loss, 10 % duplicates, reordering, a new source address every second. */
export const BAD_LINK: LinkConditions = {
  loss: 0.3,
  duplicate: 0.1,
  reorder: 0.2,
  reorderMs: 40,
  delayMs: 5,
  rebindEveryMs: 1000,
};

export const GOOD_LINK: LinkConditions = {
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderMs: 0,
  delayMs: 0,
  rebindEveryMs: 0,
};

export interface LossyProxy extends AsyncDisposable {
  /** Where clients send to. */
  readonly port: number;
  conditions: LinkConditions;
  /** Where datagrams go on to: a hub that came back elsewhere. */
  targetPort: number;
  readonly forwarded: number;
  readonly dropped: number;
  readonly rebinds: number;
  /** Each datagram that came from a client, before anything happened to it. */
  onDatagram: (bytes: Uint8Array) => void;
  /** Each datagram that came from the hub, likewise. */
  onAnswer: (bytes: Uint8Array) => void;
}

export interface LossyProxyOptions {
  readonly targetPort: number;
  readonly seed: number;
  readonly conditions?: Partial<LinkConditions>;
}

/** Clients that a proxy serves at once; a datagram from one more is dropped. */
const MAX_CLIENTS = 1000;

interface Upstream {
  socket: Socket;
  boundAtMs: number;
}

/** Every address here is numeric: without a look-up a datagram leaves at once. */
function openSocket(): Socket {
  return createSocket({ type: "udp4", lookup: (name, _options, callback) => callback(null, name, 4) });
}

/** A UDP proxy on loopback that behaves like a bad link. The seed fixes what happens to the first, second, … datagram. */
export async function createLossyProxy(options: LossyProxyOptions): Promise<LossyProxy> {
  const host = "127.0.0.1";
  const random = createSeededRandom(options.seed);
  const upstreams = new Map<number, Upstream>();
  const timers = new Set<NodeJS.Timeout>();
  const front = openSocket();
  let isClosed = false;
  let forwarded = 0;
  let dropped = 0;
  let rebinds = 0;

  function pass(send: () => void): void {
    const { loss, duplicate, reorder, reorderMs, delayMs } = proxy.conditions;
    if (random.chance(loss)) {
      dropped++;
      return;
    }
    const copies = random.chance(duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const waitMs = delayMs + (random.chance(reorder) ? random.between(0, reorderMs) : 0);
      forwarded++;
      if (waitMs === 0) {
        send();
        continue;
      }
      const timer = setTimeout(() => {
        timers.delete(timer);
        send();
      }, waitMs);
      timers.add(timer);
    }
  }

  function openUpstream(clientPort: number): Upstream {
    const socket = openSocket();
    socket.on("message", (bytes) => {
      proxy.onAnswer(bytes);
      pass(() => {
        // What comes to an address that is gone by now is lost, as behind a NAT.
        if (!isClosed && upstreams.get(clientPort)?.socket === socket) front.send(bytes, clientPort, host);
      });
    });
    const upstream = { socket, boundAtMs: performance.now() };
    upstreams.set(clientPort, upstream);
    return upstream;
  }

  function upstreamOf(clientPort: number): Upstream | undefined {
    const known = upstreams.get(clientPort);
    if (!known) return upstreams.size < MAX_CLIENTS ? openUpstream(clientPort) : undefined;
    const { rebindEveryMs } = proxy.conditions;
    if (rebindEveryMs === 0 || performance.now() - known.boundAtMs < rebindEveryMs) return known;
    rebinds++;
    known.socket.close();
    return openUpstream(clientPort);
  }

  front.on("message", (bytes, { port }) => {
    proxy.onDatagram(bytes);
    pass(() => {
      if (!isClosed) upstreamOf(port)?.socket.send(bytes, proxy.targetPort, host);
    });
  });
  const listening = once(front, "listening");
  front.bind(0, host);
  await listening;

  const proxy: LossyProxy = {
    port: front.address().port,
    targetPort: options.targetPort,
    conditions: { ...GOOD_LINK, ...options.conditions },
    onDatagram: () => {},
    onAnswer: () => {},
    get forwarded() {
      return forwarded;
    },
    get dropped() {
      return dropped;
    },
    get rebinds() {
      return rebinds;
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      const sockets = [front, ...[...upstreams.values()].map(({ socket }) => socket)];
      await Promise.all(
        sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
      );
    },
  };
  return proxy;
}
