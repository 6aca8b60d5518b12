declare module 'kafkajs/src/network/requestQueue/index.js' {
  export interface QueuedRequest {
    readonly entry: { readonly correlationId: number };
    readonly expectResponse: boolean;
    readonly sendRequest: () => void;
  }

  /** What stands before a line to a broker. */
  export default class RequestQueue {
    constructor(options: Readonly<Record<string, unknown>>);
    /** Requests that cannot be sent yet. */
    readonly pending: readonly unknown[];
    /** In milliseconds since 1970; −1 where no broker asked for a pause. */
    readonly throttledUntil: number;
    /** Of the next look at what is pending. */
    readonly throttleCheckTimeoutId: unknown;
    push(request: QueuedRequest): void;
    maybeThrottle(ms: number): void;
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
}
