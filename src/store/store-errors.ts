import { TransientError } from '#sdk';

interface DatabaseFailure {
  readonly code?: unknown;
  readonly message?: unknown;
}

const NETWORK = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
/** Connection exceptions, shut-down and start of the server, a transaction that stood still, too many connections. */
const AWAY = /^(08...|57P0[123]|25P03|53300)$/;
/** The driver gives no code when the line goes. */
const LINE_LOST =
  /^Connection terminated|^Client has encountered a connection error|^timeout exceeded when trying to connect/;

/**
 * Names what keeps a database from answering or storing for now; everything else stays as it is. Of a transaction that
 * failed so, nothing is stored, or all of it where the answer to its commit was lost: who repeats it must be able to.
 */
export function storeError(thrown: unknown): unknown {
  const { code, message } = (thrown ?? {}) as DatabaseFailure;
  const reason = typeof code === 'string' ? reasonOf(code) : undefined;
  if (reason !== undefined) return new TransientError(reason, { cause: thrown, details: { store: String(code) } });
  if (typeof message === 'string' && LINE_LOST.test(message)) return new TransientError(LOST, { cause: thrown });
  return thrown;
}

const LOST = 'The database of the store does not answer. What it had not confirmed is tried again.';

function reasonOf(code: string): string | undefined {
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return 'Another program holds the database of the store. It is tried again; end that program, or its transaction.';
  }
  if (code === 'SQLITE_FULL' || code === '53100' || code === 'ENOSPC') {
    return 'There is no room left on the disk of the store. Nothing was stored in part; make room, and it goes on by itself.';
  }
  if (code.startsWith('SQLITE_IOERR')) return 'The disk of the store fails. It is tried again; look after the disk.';
  if (NETWORK.has(code) || AWAY.test(code)) return LOST;
  return undefined;
}
