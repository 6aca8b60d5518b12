/** What the graph counts, in the process's one registry. */
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';

export const openSubscriptions = new Gauge({
  name: 'isthmus_subscriptions_open',
  help: 'Subscriptions that are being served.',
});

export const subscriptionEvents = new Counter({
  name: 'isthmus_subscription_events_total',
  help: 'Events handed to subscribers, each counted once for every subscriber.',
});

export type DropReason = 'slow_consumer' | 'gone' | 'error';

export const droppedSubscriptions = new Counter({
  name: 'isthmus_subscriptions_dropped_total',
  help: 'Subscriptions that the hub ended although their subscriber wanted more.',
  labelNames: ['reason'],
});
