import { pause } from '#connections';
import type { StreamFailure } from './status.ts';

/** Shut while a connection's login is refused; everybody waits until a check succeeds. */
export class Gate {
  #opening: Promise<void> | undefined;
  #askNow: (() => void) | undefined;
  #failure: StreamFailure | undefined;

  /** Why it is shut; undefined when it is open. */
  get failure(): StreamFailure | undefined {
    return this.#failure;
  }

  /** Waits for `retryAfter`, then asks `check` until it says yes. Shutting a shut gate changes nothing. */
  shut(failure: StreamFailure, retryAfter: number, check: () => Promise<boolean>, signal: AbortSignal): void {
    if (this.#opening !== undefined) return;
    this.#failure = failure;
    const waiting = async () => {
      do {
        const asked = new Promise<void>((resolve) => {
          this.#askNow = resolve;
        });
        await Promise.race([pause(retryAfter, signal), asked]);
      } while (!(await check()));
    };
    this.#opening = waiting()
      .catch(() => {})
      .finally(() => {
        this.#opening = undefined;
        this.#failure = undefined;
      });
  }

  /** A person has corrected the cause: the check is made at once. */
  askNow(): void {
    this.#askNow?.();
  }

  async passed(): Promise<void> {
    await this.#opening;
  }
}
