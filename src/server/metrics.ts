import Counter from 'prom-client/lib/counter.js';

export const pushesCounted = new Counter({
  name: 'isthmus_pushes_total',
  help: 'Pushes of systems at /hooks, by outcome: accepted, refused, replayed, not understood, too large.',
  labelNames: ['connection', 'outcome'] as const,
});
