/** A sleep that can be cut short; a wake that finds nobody asleep is remembered. */
export class Wakeable {
  #isAwake = false;
  #wake: (() => void) | undefined;

  wake(): void {
    this.#isAwake = true;
    this.#wake?.();
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#isAwake && !signal.aborted && milliseconds > 0) await this.#untilWoken(milliseconds, signal);
    this.#isAwake = false;
  }

  #untilWoken(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#wake = undefined;
        resolve();
      };
      // A day at the most: the timer counts in 32 bits.
      const timer = setTimeout(end, Math.min(milliseconds, 86_400_000));
      this.#wake = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
