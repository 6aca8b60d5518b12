/** What the reading side asks of the engine's thread and gets an answer to: one message each way, errors included. */

import type { TopicCommands } from '#events';
import {
  ConfigError,
  ConflictError,
  ContractError,
  CredentialError,
  type ErrorCode,
  type ErrorDetails,
  GoneError,
  HeldError,
  type Hint,
  isIsthmusError,
  NotFoundError,
  NotSupportedError,
  RateLimitedError,
  RejectedRecordError,
  TransientError,
} from '#sdk';
import type { WebhookAdmin } from '#webhooks';
import type { MetricObject } from './metrics.ts';

/** What is done with webhook endpoints: `createWebhook`, `testWebhook`, … */
type WebhookCalls = { readonly [K in keyof WebhookAdmin as `${K}Webhook`]: WebhookAdmin[K] };

/** What is told again in topics. */
interface TopicCalls extends Pick<TopicCommands, 'rebuildStates' | 'resetGroup'> {
  replayTopics: TopicCommands['replay'];
  snapshotTopics: TopicCommands['snapshot'];
  releaseParked: TopicCommands['release'];
}

/** Arguments and answers are plain values, since they go from thread to thread. */
export interface EngineCalls extends WebhookCalls, TopicCalls {
  /** False when no deletions of that stream are held. */
  approveDeletions(connection: string, stream: string): Promise<boolean>;
  /** What a verified push asks to read. Resolves when it was noted, not when it was read. */
  takeHints(connection: string, hints: readonly Hint[]): Promise<void>;
  /** What this thread counted. */
  readMetrics(): Promise<readonly MetricObject[]>;
}

export type EngineCallName = keyof EngineCalls;

/** An error on its way between threads. */
export interface ToldError {
  readonly message: string;
  readonly code: ErrorCode | undefined;
  readonly details: ErrorDetails;
}

export function tellError(error: unknown): ToldError {
  const message = error instanceof Error ? error.message : String(error);
  return isIsthmusError(error)
    ? { message, code: error.code, details: error.details }
    : { message, code: undefined, details: {} };
}

const CLASSES = {
  CONFIG: ConfigError,
  CREDENTIAL: CredentialError,
  TRANSIENT: TransientError,
  RATE_LIMITED: RateLimitedError,
  REJECTED_RECORD: RejectedRecordError,
  CONTRACT: ContractError,
  CONFLICT: ConflictError,
  NOT_FOUND: NotFoundError,
  NOT_SUPPORTED: NotSupportedError,
  HELD: HeldError,
  GONE: GoneError,
} as const satisfies Record<ErrorCode, unknown>;

export function errorTold({ message, code, details }: ToldError): Error {
  return code ? new CLASSES[code](message, { details }) : new Error(message);
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface CallMessage {
  readonly id: number;
  readonly name: EngineCallName;
  readonly args: readonly unknown[];
}

export type CallAnswer = { readonly id: number } & (
  | { readonly value: unknown; readonly error?: undefined }
  | { readonly error: ToldError }
);

/** Calls under way, by number. Every one is settled: by its answer, or when nothing can answer any more. */
export class CallsUnderWay {
  readonly #send: (message: CallMessage) => void;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #ended: Error | undefined;

  constructor(send: (message: CallMessage) => void) {
    this.#send = send;
  }

  /** Each function of it is a message to the other side. */
  readonly calls = new Proxy({} as EngineCalls, {
    get:
      (_, name) =>
      (...args: readonly unknown[]) =>
        this.#call(name as EngineCallName, args),
  });

  #call(name: EngineCallName, args: readonly unknown[]): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ id, name, args });
    });
  }

  settle(answer: CallAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.error) waiting?.reject(errorTold(answer.error));
    else waiting?.resolve(answer.value);
  }

  /** Rejects what is under way and whatever is called from now on. */
  end(reason: Error): void {
    this.#ended ??= reason;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}

/** The other side of `CallsUnderWay`. Never rejects. */
export async function answerCall(calls: EngineCalls, { id, name, args }: CallMessage): Promise<CallAnswer> {
  try {
    const call = calls[name] as (...args: readonly unknown[]) => Promise<unknown>;
    return { id, value: await call(...args) };
  } catch (error) {
    return { id, error: tellError(error) };
  }
}
