import type { Datagram } from "../src/session/index.ts";
import { createSeededRandom, type SeededRandom } from "./seeded-random.ts";

/** Anything with the sans-I/O shape. */
export interface Machine {
  receive(bytes: Uint8Array, from: string, nowMs: number): void;
  poll(nowMs: number): Iterable<Datagram>;
  nextTimeout(): number | undefined;
}

/** How the network treats datagrams; each is a share of them unless it says otherwise. */
export interface Conditions {
  loss: number;
  duplicate: number;
  /** Datagrams that are held back for up to `reorderMs`. */
  reorder: number;
  reorderMs: number;
  corrupt: number;
  delayMs: number;
  jitterMs: number;
  /** Datagrams of 600 bytes and more arrive together, every so many ms; 0 for each in its own time. */
  burstMs: number;
  /** Bytes per ms of each sender's link with a queue of `queueBytes`; Infinity for none. */
  rate: number;
  queueBytes: number;
  /** Larger datagrams vanish. */
  maxBytes: number;
}

export const PERFECT: Conditions = {
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderMs: 0,
  corrupt: 0,
  delayMs: 20,
  jitterMs: 0,
  burstMs: 0,
  rate: Infinity,
  queueBytes: 64_000,
  maxBytes: Infinity,
};

/** A datagram as the network saw it leave. */
export interface TraceEntry {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
}

interface Arrival extends TraceEntry {
  readonly order: number;
}

interface Node {
  address: string;
  readonly machine: Machine;
  linkFreeAtMs: number;
  /** What a machine believes minus true time: a clock that jumped. */
  clockSkewMs: number;
}

/** A network in virtual time: one seed, one schedule. */
export class SimulatedNetwork {
  nowMs = 0;
  readonly random: SeededRandom;
  conditions: Conditions;
  /** Called for each datagram that leaves, before the network touches it. */
  onSend: ((entry: TraceEntry) => void) | undefined;
  /** Called for each datagram that reaches a machine. */
  onDeliver: ((entry: TraceEntry) => void) | undefined;
  /** A pair of addresses that cannot reach each other. */
  isCut: (from: string, to: string) => boolean = () => false;
  readonly #nodes: Node[] = [];
  readonly #byAddress = new Map<string, Node>();
  #arrivals: Arrival[] = [];
  #actions: { atMs: number; order: number; act: () => void }[] = [];
  #order = 0;

  constructor(seed: number, conditions: Partial<Conditions> = {}) {
    this.random = createSeededRandom(seed);
    this.conditions = { ...PERFECT, ...conditions };
  }

  attach(address: string, machine: Machine): Node {
    const node: Node = { address, machine, linkFreeAtMs: 0, clockSkewMs: 0 };
    this.#nodes.push(node);
    this.#byAddress.set(address, node);
    return node;
  }

  /** The node gets a new address; what is on its way to the old one is lost. */
  rebind(node: Node, address: string): void {
    this.#byAddress.delete(node.address);
    node.address = address;
    this.#byAddress.set(address, node);
  }

  at(atMs: number, act: () => void): void {
    this.#actions.push({ atMs, order: this.#order++, act });
    this.#actions.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
  }

  /** Puts a datagram on the wire as if `from` had sent it. */
  inject(from: string, to: string, bytes: Uint8Array): void {
    this.#enqueue({ atMs: this.nowMs, from, to, bytes }, this.nowMs);
  }

  /** Runs until `isDone` says so or `untilMs` of virtual time; true when `isDone` did. */
  run(untilMs: number, isDone: () => boolean = () => false): boolean {
    for (;;) {
      this.#flush();
      if (isDone()) return true;
      const atMs = this.#nextEventMs();
      if (atMs > untilMs) {
        this.nowMs = Math.max(this.nowMs, untilMs);
        return isDone();
      }
      this.nowMs = Math.max(this.nowMs, atMs);
      while (this.#actions[0] && this.#actions[0].atMs <= this.nowMs) this.#actions.shift()?.act();
      while (this.#arrivals[0] && this.#arrivals[0].atMs <= this.nowMs) this.#deliver(this.#pop());
    }
  }

  #flush(): void {
    // A machine that never comes to rest would hang the test instead of failing it.
    for (let spins = 0; spins < 10_000; spins++) {
      let isBusy = false;
      for (const node of this.#nodes) {
        const due = node.machine.nextTimeout();
        if (due === undefined || due > this.nowMs + node.clockSkewMs) continue;
        isBusy = true;
        for (const { to, bytes } of node.machine.poll(this.nowMs + node.clockSkewMs))
          this.#send(node, to, bytes);
      }
      if (!isBusy) return;
    }
    throw new Error(`a machine asks for a poll at ${this.nowMs} again and again`);
  }

  #nextEventMs(): number {
    let atMs = Math.min(this.#actions[0]?.atMs ?? Infinity, this.#arrivals[0]?.atMs ?? Infinity);
    for (const node of this.#nodes) {
      const due = node.machine.nextTimeout();
      if (due !== undefined) atMs = Math.min(atMs, due - node.clockSkewMs);
    }
    return atMs;
  }

  #send(node: Node, to: string, bytes: Uint8Array): void {
    const { conditions, random } = this;
    const entry = { atMs: this.nowMs, from: node.address, to, bytes };
    this.onSend?.(entry);
    let leavesAtMs = this.nowMs;
    if (conditions.rate !== Infinity) {
      const startMs = Math.max(this.nowMs, node.linkFreeAtMs);
      if ((startMs - this.nowMs) * conditions.rate > conditions.queueBytes) return;
      leavesAtMs = node.linkFreeAtMs = startMs + bytes.length / conditions.rate;
    }
    if (random.chance(conditions.loss) || bytes.length > conditions.maxBytes) return;
    const sent = random.chance(conditions.corrupt) ? { ...entry, bytes: this.#corrupt(bytes) } : entry;
    this.#enqueue(sent, leavesAtMs);
    if (random.chance(conditions.duplicate)) this.#enqueue(sent, leavesAtMs);
  }

  #corrupt(bytes: Uint8Array): Uint8Array {
    const damaged = new Uint8Array(bytes);
    const at = Math.floor(this.random.next() * damaged.length);
    damaged[at] = (damaged[at] as number) ^ (1 << Math.floor(this.random.next() * 8));
    return damaged;
  }

  #enqueue(entry: TraceEntry, leavesAtMs: number): void {
    const { delayMs, jitterMs, burstMs, reorder, reorderMs } = this.conditions;
    const held = this.random.chance(reorder) ? this.random.next() * reorderMs : 0;
    const dueMs = leavesAtMs + delayMs + this.random.next() * jitterMs + held;
    const waits = burstMs > 0 && entry.bytes.length >= 600;
    const atMs = waits ? Math.ceil(dueMs / burstMs) * burstMs : dueMs;
    const arrival = { ...entry, atMs, order: this.#order++ };
    let low = 0;
    let high = this.#arrivals.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#arrivals[middle] as Arrival;
      if (other.atMs < atMs || (other.atMs === atMs && other.order < arrival.order)) low = middle + 1;
      else high = middle;
    }
    this.#arrivals.splice(low, 0, arrival);
  }

  #pop(): Arrival {
    return this.#arrivals.shift() as Arrival;
  }

  #deliver(arrival: Arrival): void {
    if (this.isCut(arrival.from, arrival.to)) return;
    const node = this.#byAddress.get(arrival.to);
    if (node) this.onDeliver?.(arrival);
    // A socket's memory is used again as soon as the machine has looked at it.
    const memory = new Uint8Array(arrival.bytes);
    node?.machine.receive(memory, arrival.from, this.nowMs + node.clockSkewMs);
    memory.fill(0xee);
  }
}

export type { Node as NetworkNode };
