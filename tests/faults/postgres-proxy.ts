import { connect, createServer, type Socket } from 'node:net';

/** `before`: the commit never reaches the server. `after`: it does, and nobody hears of it. Both cut the line. */
export type CommitFault = 'before' | 'after';

/** Stands between PostgreSQL and its clients. */
export interface PostgresProxy {
  /** The given url, through the proxy. */
  readonly url: string;
  /** How many commits were cut off so far. */
  readonly faults: number;
  /** Each `every`-th commit fails from now on, `limit` of them at the most. */
  fail(kind: CommitFault, every: number, limit: number): void;
  stop(): Promise<void>;
}

const COMMIT = /^\0*commit\b/i;
const COMMITTED = 'COMMIT\0';

export async function startPostgresProxy(url: string): Promise<PostgresProxy> {
  const target = new URL(url);
  let plan: { readonly kind: CommitFault; readonly every: number; readonly limit: number } | undefined;
  let faults = 0;
  let commits = 0;
  const sockets = new Set<Socket>();
  const nextFault = (): CommitFault | undefined => {
    commits += 1;
    if (!plan || faults >= plan.limit || commits % plan.every !== 0) return undefined;
    faults += 1;
    return plan.kind;
  };
  const server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname);
    let isLost = false;
    const cut = () => {
      client.destroy();
      database.destroy();
    };
    for (const socket of [client, database]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    onMessages(client, true, (type, message) => {
      const isCommit = (type === 'Q' || type === 'P') && COMMIT.test(message.toString('latin1', 5));
      const fault = isCommit ? nextFault() : undefined;
      if (fault === 'before') return cut();
      if (fault === 'after') isLost = true;
      if (!database.destroyed) database.write(message);
    });
    onMessages(database, false, (type, message) => {
      if (isLost && type === 'C' && message.toString('latin1', 5) === COMMITTED) return cut();
      if (!client.destroyed) client.write(message);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  target.host = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const through = String(target);
  target.host = new URL(url).host;
  return {
    url: through,
    get faults() {
      return faults;
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

/** A type, four bytes of length that count themselves, then the rest; a client's first message has no type. */
function onMessages(socket: Socket, isClient: boolean, handle: (type: string, message: Buffer) => void): void {
  let kept = Buffer.alloc(0);
  let isUntyped = isClient;
  socket.on('data', (chunk) => {
    kept = Buffer.concat([kept, chunk]);
    for (;;) {
      const at = isUntyped ? 0 : 1;
      if (kept.length < at + 4) return;
      const length = at + kept.readInt32BE(at);
      if (kept.length < length) return;
      const message = kept.subarray(0, length);
      kept = kept.subarray(length);
      const type = isUntyped ? '' : String.fromCharCode(message[0]!);
      isUntyped = false;
      handle(type, message);
    }
  });
}
