/** What the hub's topics cost and where they stand. Labels name kinds and codes, never keys or topics of a config. */
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';

export const published = new Counter({
  name: 'isthmus_topics_published_messages_total',
  help: 'Messages that the brokers acknowledged, by kind of topic.',
  labelNames: ['kind'],
});

export const publishedBytes = new Counter({
  name: 'isthmus_topics_published_bytes_total',
  help: 'Values of those messages, in bytes before compression.',
  labelNames: ['kind'],
});

export const sendSeconds = new Histogram({
  name: 'isthmus_topics_send_seconds',
  help: 'From the first try to the acknowledgement of one send to one partition.',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
});

export const sendErrors = new Counter({
  name: 'isthmus_topics_errors_total',
  help: 'Failed tries to reach the brokers or to send to them, by error code.',
  labelNames: ['code'],
});

export const topicsCreatedAgain = new Counter({
  name: 'isthmus_topics_created_again_total',
  help: 'Topics that were gone while the hub ran and that it made again.',
});

export const parkedKeys = new Gauge({
  name: 'isthmus_topics_parked_keys',
  help: 'Keys whose changes wait since the brokers refused one of them for good.',
});

export const relayLagRows = new Gauge({
  name: 'isthmus_relay_lag_rows',
  help: 'Change rows that are not published yet.',
});

export const relayLagSeconds = new Gauge({
  name: 'isthmus_relay_lag_seconds',
  help: 'Age of the oldest change that is not published yet; 0 when there is none.',
});

export const rowsPlaced = new Counter({
  name: 'isthmus_log_placed_rows_total',
  help: 'Change rows that got their place in the log.',
});

export const rowsPruned = new Counter({
  name: 'isthmus_log_pruned_rows_total',
  help: 'Change rows that went when their retention was over.',
});

export const jobsEnded = new Counter({
  name: 'isthmus_topics_jobs_total',
  help: 'Replays, snapshots and rebuilt states that ended, by kind and outcome.',
  labelNames: ['kind', 'outcome'],
});
