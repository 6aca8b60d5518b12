import type { Socket } from 'node:net';
import { type Fault, FaultPlan, forward, onMessages, startTcpProxy } from './tcp-proxy.ts';

/** `before`: a produce request is not forwarded. `after`: it is, and its answer never comes back. */
export type ProduceFault = Fault;

/** Stands between Kafka clients and a broker. */
export interface KafkaProxy {
  readonly port: number;
  /** How many produce requests were cut off so far. */
  readonly faults: number;
  /** How many produce requests, or their answers, are being kept back. */
  readonly held: number;
  /** Where connections made from now on lead. */
  lead(port: number): void;
  /** Each `every`-th produce request fails from now on, `limit` of them at the most: the line is cut. */
  fail(kind: ProduceFault, every: number, limit: number): void;
  /** From now on produce requests that name `topic`, or all, are kept back, or forwarded and their answers kept back. The lines stay. */
  hold(kind: ProduceFault, topic?: string): void;
  /** What is kept back goes on, where its line still stands. */
  release(): void;
  /** Cuts all lines that stand now. */
  cut(): void;
  stop(): Promise<void>;
}

const PRODUCE = 0;

export async function startKafkaProxy(): Promise<KafkaProxy> {
  const plan = new FaultPlan();
  let holding: { readonly kind: ProduceFault; readonly topic: string } | undefined;
  let kept: (() => void)[] = [];
  const proxy = await startTcpProxy(({ client, server: broker, cut }) => {
    const lost = new Set<number>();
    const late = new Set<number>();
    onFrames(client, (frame) => {
      if (frame.readInt16BE(4) !== PRODUCE) return forward(broker, frame);
      const fault = plan.next();
      if (fault === 'before') return cut();
      if (fault === 'after') lost.add(frame.readInt32BE(8));
      const isHeld = holding !== undefined && frame.includes(holding.topic);
      if (isHeld && holding?.kind === 'before') return void kept.push(() => forward(broker, frame));
      if (isHeld) late.add(frame.readInt32BE(8));
      forward(broker, frame);
    });
    onFrames(broker, (frame) => {
      const answered = frame.readInt32BE(4);
      if (lost.has(answered)) return cut();
      if (late.delete(answered)) return void kept.push(() => forward(client, frame));
      forward(client, frame);
    });
  });
  return {
    port: proxy.port,
    get faults() {
      return plan.faults;
    },
    get held() {
      return kept.length;
    },
    lead: (port) => proxy.lead('127.0.0.1', port),
    fail: (kind, every, limit) => plan.fail(kind, every, limit),
    hold: (kind, topic = '') => {
      holding = { kind, topic };
    },
    release: () => {
      holding = undefined;
      for (const goOn of kept) goOn();
      kept = [];
    },
    cut: () => proxy.cut(),
    stop: () => proxy.stop(),
  };
}

/** Kafka's frames: four bytes of length, then as many. */
function onFrames(socket: Socket, handle: (frame: Buffer) => void): void {
  onMessages(socket, (kept) => (kept.length < 4 ? undefined : 4 + kept.readInt32BE(0)), handle);
}
