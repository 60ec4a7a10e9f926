import {
  type ClientSession,
  type ClientSessionOptions,
  type CloseReason,
  createClientSession,
  createServerEndpoint,
  type ServerEndpoint,
  type ServerEndpointOptions,
  type Session,
  type SessionEvents,
} from "../src/session/index.ts";
import { type Conditions, type NetworkNode, SimulatedNetwork } from "./simulated-network.ts";

export const SERVER_ADDRESS = "192.0.2.1:6666";

/** What one side of a session saw. */
export class Ear implements SessionEvents {
  readonly data = new Map<number, number[]>();
  readonly finished = new Set<number>();
  readonly resets = new Map<number, string>();
  readonly opened: number[] = [];
  readonly dgrams: Uint8Array[] = [];
  readonly addresses: string[] = [];
  readonly writable: number[] = [];
  readonly closes: CloseReason[] = [];
  readonly sessions: Session[] = [];
  /** Replaced by tests that answer. */
  hear: (session: Session, id: number, bytes: Uint8Array) => void = () => {};
  consumes = true;

  onSession(session: Session): void {
    this.sessions.push(session);
  }

  onStream(_session: Session, id: number): void {
    this.opened.push(id);
  }

  onData(session: Session, id: number, bytes: Uint8Array): void {
    const all = this.data.get(id) ?? [];
    for (const byte of bytes) all.push(byte);
    this.data.set(id, all);
    if (this.consumes) session.consume(id, bytes.length);
    this.hear(session, id, bytes);
  }

  onFinish(_session: Session, id: number): void {
    this.finished.add(id);
  }

  onReset(_session: Session, id: number, code: string): void {
    this.resets.set(id, code);
  }

  onWritable(_session: Session, id: number): void {
    this.writable.push(id);
  }

  onDatagram(_session: Session, bytes: Uint8Array): void {
    this.dgrams.push(bytes);
  }

  onAddress(_session: Session, address: string): void {
    this.addresses.push(address);
  }

  onClose(_session: Session, reason: CloseReason): void {
    this.closes.push(reason);
  }

  text(id: number): string {
    return Buffer.from(this.data.get(id) ?? []).toString();
  }
}

export interface SessionPair {
  readonly network: SimulatedNetwork;
  readonly client: ClientSession;
  readonly clientNode: NetworkNode;
  readonly clientEar: Ear;
  readonly server: ServerEndpoint;
  readonly serverEar: Ear;
  /** The server's end of the client's session, once it is confirmed. */
  serverSession(): Session;
  /** Runs until both ends are up. */
  connect(): void;
}

/** A client and a server on a simulated network. */
export function createSessionPair(
  options: {
    seed?: number;
    conditions?: Partial<Conditions>;
    client?: Partial<ClientSessionOptions>;
    server?: Partial<ServerEndpointOptions>;
  } = {},
): SessionPair {
  const network = new SimulatedNetwork(options.seed ?? 1, options.conditions);
  const random = network.random.bytes;
  const serverEar = new Ear();
  const clientEar = new Ear();
  const server = createServerEndpoint({
    staticKey: random(32),
    random,
    events: serverEar,
    ...options.server,
  });
  const client = createClientSession({
    identity: random(32),
    serverAddress: SERVER_ADDRESS,
    random,
    events: clientEar,
    nowMs: network.nowMs,
    ...options.client,
  });
  network.attach(SERVER_ADDRESS, server);
  const clientNode = network.attach("198.51.100.7:40000", client);
  return {
    network,
    client,
    clientNode,
    clientEar,
    server,
    serverEar,
    serverSession: () => serverEar.sessions[0] as Session,
    connect() {
      if (
        !network.run(network.nowMs + 60_000, () => serverEar.sessions.length > 0 && client.state === "open")
      ) {
        throw new Error("the session did not come up");
      }
    },
  };
}
