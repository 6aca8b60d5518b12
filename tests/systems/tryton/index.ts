/**
 * A real ERP for tests: Tryton with a company, installed by pip and run on SQLite from a copy that is prepared once
 * per machine. It promises the same company at every start and leaves no process behind.
 */
export { TrytonDesk, TrytonRefusal } from './desk.ts';
export { missingForTryton } from './distribution.ts';
export type { SeriesName } from './series.ts';
export { startTryton, type TrytonServer } from './server.ts';
