/**
 * How far behind the highest stamp a pass has to begin. A record may appear up to the declared lag after its stamp; so
 * once a whole pass began that long after the highest stamp was first seen, everything up to it has been shown. A burst
 * of changes is then not read again by every pass until somebody changes something else.
 *
 * Clocks that differ, or are set back, by no more than the lag do no harm: by then they are past the highest stamp too.
 */
export class Overlap {
  #highWater: number | null = null;
  #seenAt = 0;
  #isSettled = false;

  /** Milliseconds. `precision`: what the system keeps of a stamp, so that others may still get this very one. */
  behind(highWater: number | null, declared: { readonly lag: number; readonly precision: number }): number {
    const isSettled = this.#isSettled && highWater === this.#highWater;
    return isSettled ? declared.precision : declared.lag + declared.precision;
  }

  /** A pass that was drained; its times by a clock that is never set. */
  drained(
    highWater: number | null,
    pass: { readonly beganAt: number; readonly endedAt: number },
    declared: { readonly lag: number; readonly precision: number },
  ): void {
    if (highWater !== this.#highWater) {
      this.#highWater = highWater;
      this.#seenAt = pass.endedAt;
      this.#isSettled = false;
    } else if (pass.beganAt >= this.#seenAt + declared.lag + declared.precision) {
      this.#isSettled = true;
    }
  }
}
