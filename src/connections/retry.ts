/** How long to wait before the next attempt: exponential with full jitter, so that callers do not come back as one. */
export function backOff(attempt: number, options: { readonly first: number; readonly longest: number }): number {
  const ceiling = Math.min(options.first * 2 ** attempt, options.longest);
  return Math.ceil(ceiling * (0.5 + Math.random() / 2));
}

/** `Retry-After` in milliseconds: seconds, or an HTTP date seen from the server's own `Date` where there is one. */
export function retryAfter(headers: Readonly<Record<string, string>>, now = Date.now()): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  const at = Date.parse(value);
  if (Number.isNaN(at)) return undefined;
  const serverNow = Date.parse(headers.date ?? '');
  return Math.max(at - (Number.isNaN(serverNow) ? now : serverNow), 0);
}

/** Resolves after the time, or rejects when the signal aborts. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
