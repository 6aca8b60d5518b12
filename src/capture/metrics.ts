import Counter from 'prom-client/lib/counter.js';

/** What became of the records that pushes hinted at. */
export const hintsCounted = new Counter({
  name: 'isthmus_hints_total',
  help: 'Records that pushes hinted at, by what became of them: received, coalesced, dropped, read, missing.',
  labelNames: ['connection', 'outcome'] as const,
});
