import { connect, createServer, type Socket } from 'node:net';

/** `before`: a produce request is not forwarded. `after`: it is, and its answer never comes back. Both cut the line. */
export type ProduceFault = 'before' | 'after';

/** Stands between Kafka clients and a broker. */
export interface KafkaProxy {
  readonly port: number;
  /** How many produce requests were cut off so far. */
  readonly faults: number;
  /** Where connections made from now on lead. */
  lead(port: number): void;
  /** Each `every`-th produce request fails from now on, `limit` of them at the most. */
  fail(kind: ProduceFault, every: number, limit: number): void;
  stop(): Promise<void>;
}

const PRODUCE = 0;

export async function startKafkaProxy(): Promise<KafkaProxy> {
  let target = 0;
  let plan: { readonly kind: ProduceFault; readonly every: number; readonly limit: number } | undefined;
  let faults = 0;
  let produced = 0;
  const sockets = new Set<Socket>();
  const nextFault = (): ProduceFault | undefined => {
    produced += 1;
    if (!plan || faults >= plan.limit || produced % plan.every !== 0) return undefined;
    faults += 1;
    return plan.kind;
  };
  const server = createServer((client) => {
    const broker = connect(target, '127.0.0.1');
    const cut = () => {
      client.destroy();
      broker.destroy();
    };
    let awaited: number | undefined;
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    onFrames(client, (frame) => {
      const fault = frame.readInt16BE(4) === PRODUCE ? nextFault() : undefined;
      if (fault === 'before') return cut();
      if (fault === 'after') awaited = frame.readInt32BE(8);
      broker.write(frame);
    });
    onFrames(broker, (frame) => {
      if (frame.readInt32BE(4) === awaited) return cut();
      client.write(frame);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as { port: number }).port,
    get faults() {
      return faults;
    },
    lead: (port) => {
      target = port;
    },
    fail: (kind, every, limit) => {
      plan = { kind, every, limit: faults + limit };
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
