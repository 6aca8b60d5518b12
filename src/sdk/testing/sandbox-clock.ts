/** What a sandbox believes the time is: real time, skewed or frozen, in the product's precision. */
export interface SandboxClock {
  /** The product's change-stamp precision in milliseconds (1000 = whole seconds). */
  readonly precisionMs: number;
  /** The current time truncated to the precision: change stamps are made of this, and so may tie. */
  now(): Date;
  /** The current time in milliseconds, skewed but not truncated. */
  nowMs(): number;
  /** Truncates any instant to the precision. */
  truncate(at: Date | number): Date;
  skewBy(ms: number): void;
  setPrecision(ms: number): void;
  /** Stands still at this instant, until `thaw`. */
  freeze(at: Date | number): void;
  /** Moves a frozen clock (or adds to the skew of a running one). */
  advance(ms: number): void;
  thaw(): void;
}

export interface SandboxClockOptions {
  readonly precisionMs?: number;
  readonly skewMs?: number;
}

export function createSandboxClock(options: SandboxClockOptions = {}): SandboxClock {
  let precisionMs = options.precisionMs ?? 1;
  let skewMs = options.skewMs ?? 0;
  let frozenAt: number | undefined;
  const nowMs = () => frozenAt ?? Date.now() + skewMs;
  const truncate = (at: Date | number) => new Date(Math.floor(Number(at) / precisionMs) * precisionMs);
  return {
    get precisionMs() {
      return precisionMs;
    },
    now: () => truncate(nowMs()),
    nowMs,
    truncate,
    skewBy: (ms) => {
      skewMs = ms;
    },
    setPrecision: (ms) => {
      precisionMs = ms;
    },
    freeze: (at) => {
      frozenAt = Number(at);
    },
    advance: (ms) => {
      if (frozenAt === undefined) skewMs += ms;
      else frozenAt += ms;
    },
    thaw: () => {
      frozenAt = undefined;
    },
  };
}
