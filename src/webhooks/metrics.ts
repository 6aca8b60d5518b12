import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';

export const attempts = new Counter({
  name: 'isthmus_webhook_attempts_total',
  help: 'Attempts to deliver an event to a webhook endpoint, by how they ended.',
  labelNames: ['outcome'] as const,
});

export const attemptSeconds = new Histogram({
  name: 'isthmus_webhook_attempt_seconds',
  help: 'How long an attempt to deliver an event took, until the endpoint had answered or failed.',
  buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
});

export const lagSeconds = new Histogram({
  name: 'isthmus_webhook_lag_seconds',
  help: 'From the moment the hub stored a change until an endpoint took it.',
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600, 86_400],
});

export const endpoints = new Gauge({
  name: 'isthmus_webhook_endpoints',
  help: 'Webhook endpoints by state; failing ones are active and take nothing.',
  labelNames: ['state'] as const,
});

export const waitingKeys = new Gauge({
  name: 'isthmus_webhook_waiting_keys',
  help: 'Keys, over all endpoints, whose next event waits to be tried again.',
});
