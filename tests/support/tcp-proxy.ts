import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line through the proxy. */
export interface Line {
  readonly client: Socket;
  readonly server: Socket;
  cut(): void;
}

/** Stands between a server and its clients; what passes is up to whoever started it. */
export interface TcpProxy {
  readonly port: number;
  /** Where lines made from now on lead. */
  lead(host: string, port: number): void;
  /** Cuts all lines that stand now. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(onLine: (line: Line) => void): Promise<TcpProxy> {
  let target = { host: '127.0.0.1', port: 0 };
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(target.port, target.host);
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    onLine({ client, server, cut });
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (proxy.address() as AddressInfo).port,
    lead: (host, port) => {
      target = { host, port };
    },
    cut: cutAll,
    stop: () =>
      new Promise((resolve) => {
        cutAll();
        proxy.close(() => resolve());
      }),
  };
}

export function forward(to: Socket, message: Buffer): void {
  if (!to.destroyed) to.write(message);
}

/** Cuts what arrives into messages; `lengthOf` is undefined until a message's beginning tells its length. */
export function onMessages(
  socket: Socket,
  lengthOf: (kept: Buffer) => number | undefined,
  handle: (message: Buffer) => void,
): void {
  let kept = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    kept = Buffer.concat([kept, chunk]);
    for (;;) {
      const length = lengthOf(kept);
      if (length === undefined || kept.length < length) return;
      const message = kept.subarray(0, length);
      kept = kept.subarray(length);
      handle(message);
    }
  });
}

/** `before`: it never reaches the server. `after`: it does, and nobody hears of it. */
export type Fault = 'before' | 'after';

/** Which of many go wrong. */
export class FaultPlan {
  #plan: { readonly kind: Fault; readonly every: number; readonly limit: number } | undefined;
  #count = 0;
  #faults = 0;

  /** How many went wrong so far. */
  get faults(): number {
    return this.#faults;
  }

  /** Each `every`-th from now on, `limit` of them at the most. */
  fail(kind: Fault, every: number, limit: number): void {
    this.#plan = { kind, every, limit: this.#faults + limit };
  }

  /** What shall happen to the one that comes now. */
  next(): Fault | undefined {
    this.#count += 1;
    const plan = this.#plan;
    if (!plan || this.#faults >= plan.limit || this.#count % plan.every !== 0) return undefined;
    this.#faults += 1;
    return plan.kind;
  }
}
