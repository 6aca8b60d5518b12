/**
 * Runs connections: snapshots, changes, sweeps for deletions, leases; everything ends in observe(). Promises that a
 * cursor never passes what is not stored, that no sweep deletes by accident, and that a restart goes on where the last
 * commit stands. Refuses to decide what a value means: mapping and ownership do.
 */
export type { Capture, CaptureOptions } from './capture.ts';
export type { HintCounts } from './hint-reader.ts';
export { type HeldSweep, heldSweeps } from './holds.ts';
export type { LiveObservation } from './live-queue.ts';
export { startCapture } from './start-capture.ts';
export type {
  CaptureEvents,
  CaptureStatus,
  Pace,
  Progress,
  StreamActivity,
  StreamFailure,
  StreamStatus,
} from './status.ts';
