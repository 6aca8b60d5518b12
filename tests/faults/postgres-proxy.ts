import type { Socket } from 'node:net';
import { type Fault, FaultPlan, forward, onMessages, startTcpProxy } from '../support/tcp-proxy.ts';

/** `before`: the commit never reaches the server. `after`: it does, and nobody hears of it. Both cut the line. */
export type CommitFault = Fault;

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
  const plan = new FaultPlan();
  const proxy = await startTcpProxy(({ client, server: database, cut }) => {
    let isLost = false;
    onTyped(client, true, (type, message) => {
      const isCommit = (type === 'Q' || type === 'P') && COMMIT.test(message.toString('latin1', 5));
      const fault = isCommit ? plan.next() : undefined;
      if (fault === 'before') return cut();
      if (fault === 'after') isLost = true;
      forward(database, message);
    });
    onTyped(database, false, (type, message) => {
      if (isLost && type === 'C' && message.toString('latin1', 5) === COMMITTED) return cut();
      forward(client, message);
    });
  });
  const through = new URL(url);
  proxy.lead(through.hostname, Number(through.port));
  through.host = `127.0.0.1:${proxy.port}`;
  return {
    url: String(through),
    get faults() {
      return plan.faults;
    },
    fail: (kind, every, limit) => plan.fail(kind, every, limit),
    stop: () => proxy.stop(),
  };
}

/** A type, four bytes of length that count themselves, then the rest; a client's first message has no type. */
function onTyped(socket: Socket, isClient: boolean, handle: (type: string, message: Buffer) => void): void {
  let isUntyped = isClient;
  const lengthOf = (kept: Buffer) => {
    const at = isUntyped ? 0 : 1;
    return kept.length < at + 4 ? undefined : at + kept.readInt32BE(at);
  };
  onMessages(socket, lengthOf, (message) => {
    const type = isUntyped ? '' : String.fromCharCode(message[0]!);
    isUntyped = false;
    handle(type, message);
  });
}
