import { pause } from '#connections';

/** Shut while a connection's login is refused; everybody waits until a check succeeds. */
export class Gate {
  #opening: Promise<void> | undefined;
  #askNow: (() => void) | undefined;

  get isShut(): boolean {
    return this.#opening !== undefined;
  }

  /** Waits for `retryAfter`, then asks `check` until it says yes. Shutting a shut gate changes nothing. */
  shut(retryAfter: number, check: () => Promise<boolean>, signal: AbortSignal): void {
    if (this.#opening !== undefined) return;
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
