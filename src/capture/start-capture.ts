import type { Capture, CaptureOptions } from './capture.ts';

/** Loads what captures, which whoever only looks at its state does without, and begins. */
export async function startCapture(options: CaptureOptions): Promise<Capture> {
  const capture = await import('./capture.ts');
  return await capture.startCapture(options);
}
