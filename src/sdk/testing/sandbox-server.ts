import type { SandboxHandler, SandboxReply, SandboxRequest } from './exchange.ts';
import type { Misbehaviour, MisbehaviourScript } from './misbehaviour.ts';
import type { RequestJournal } from './request-journal.ts';
import type { SandboxClock } from './sandbox-clock.ts';
import type { SandboxStore } from './sandbox-store.ts';

export interface SandboxServerOptions {
  /** Shown in errors and in `GET /__sandbox/status`. */
  readonly name: string;
  /** 0 or absent: a free port. Always bound to 127.0.0.1. */
  readonly port?: number;
  readonly handler: SandboxHandler;
  readonly clock?: SandboxClock;
  /** Given a store, `GET /__sandbox/commits` and `POST /__sandbox/late` serve it, and `stop()` closes it. */
  readonly store?: SandboxStore;
  /** Request bodies over this are answered 413 (`errorReply`); 32 MiB when absent. */
  readonly bodyLimitBytes?: number;
  /** Node's limit for request line and headers; the kit answers 431 over it; 16 KiB when absent. */
  readonly maxHeaderBytes?: number;
  /** The product's own error body for a status that the kit has to send (scripted ones, 413, 500). */
  readonly errorReply?: (status: number, request: SandboxRequest, misbehaviour?: Misbehaviour) => SandboxReply;
  /** More `POST|GET /__sandbox/<name>` endpoints of this sandbox. */
  readonly control?: Readonly<Record<string, SandboxHandler>>;
  /** Run at `stop()`, after the last connection closed and before the store closes. */
  readonly onStop?: () => void | Promise<void>;
}

/** A running sandbox. A product's `startX()` returns this, usually widened with what its tests want. */
export interface SandboxServer extends MisbehaviourScript {
  readonly name: string;
  /** `http://127.0.0.1:<port>`, no trailing slash. */
  readonly url: string;
  readonly port: number;
  readonly clock: SandboxClock;
  readonly journal: RequestJournal;
  /** Cuts open connections; resolves when the port is free and the store closed. May be called twice. */
  stop(): Promise<void>;
  /** Resolves when stopped, by whomever (`POST /__sandbox/stop` too). */
  readonly stopped: Promise<void>;
}

export function startSandboxServer(_options: SandboxServerOptions): Promise<SandboxServer> {
  throw new Error('not built yet');
}
