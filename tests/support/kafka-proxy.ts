import { connect, createServer, type Socket } from 'node:net';

/** `before`: a produce request is not forwarded. `after`: it is, and its answer never comes back. */
export type ProduceFault = 'before' | 'after';

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
  /** From now on all produce requests are kept back, or forwarded and their answers kept back. The lines stay. */
  hold(kind: ProduceFault): void;
  /** What is kept back goes on, where its line still stands. */
  release(): void;
  /** Cuts all lines that stand now. */
  cut(): void;
  stop(): Promise<void>;
}

const PRODUCE = 0;

export async function startKafkaProxy(): Promise<KafkaProxy> {
  let target = 0;
  let faults = 0;
  let produced = 0;
  let plan: { readonly kind: ProduceFault; readonly every: number; readonly limit: number } | undefined;
  let holding: ProduceFault | undefined;
  let kept: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const nextFault = (): ProduceFault | undefined => {
    produced += 1;
    if (!plan || faults >= plan.limit || produced % plan.every !== 0) return undefined;
    faults += 1;
    return plan.kind;
  };
  const connectBoth = (client: Socket) => {
    const broker = connect(target, '127.0.0.1');
    const cut = () => {
      client.destroy();
      broker.destroy();
    };
    const lost = new Set<number>();
    const late = new Set<number>();
    for (const socket of [client, broker]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    const forward = (to: Socket, frame: Buffer) => {
      if (!to.destroyed) to.write(frame);
    };
    onFrames(client, (frame) => {
      if (frame.readInt16BE(4) !== PRODUCE) return forward(broker, frame);
      const fault = nextFault();
      if (fault === 'before') return cut();
      if (fault === 'after') lost.add(frame.readInt32BE(8));
      if (holding === 'before') return void kept.push(() => forward(broker, frame));
      if (holding === 'after') late.add(frame.readInt32BE(8));
      forward(broker, frame);
    });
    onFrames(broker, (frame) => {
      const answered = frame.readInt32BE(4);
      if (lost.has(answered)) return cut();
      if (late.delete(answered)) return void kept.push(() => forward(client, frame));
      forward(client, frame);
    });
  };
  const server = createServer(connectBoth);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as { port: number }).port,
    get faults() {
      return faults;
    },
    get held() {
      return kept.length;
    },
    lead: (port) => {
      target = port;
    },
    fail: (kind, every, limit) => {
      plan = { kind, every, limit: faults + limit };
    },
    hold: (kind) => {
      holding = kind;
    },
    release: () => {
      holding = undefined;
      for (const goOn of kept) goOn();
      kept = [];
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Kafka's frames: four bytes of length, then as many. */
function onFrames(socket: Socket, handle: (frame: Buffer) => void): void {
  let kept = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    kept = Buffer.concat([kept, chunk]);
    while (kept.length >= 4) {
      const length = 4 + kept.readInt32BE(0);
      if (kept.length < length) return;
      const frame = kept.subarray(0, length);
      kept = kept.subarray(length);
      handle(frame);
    }
  });
}
