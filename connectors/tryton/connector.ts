import { defineConnector } from 'isthmus/sdk';
import { protocol, TrytonClient } from './client.ts';
import { config } from './config.ts';
import { DeletionLog } from './deletion-log.ts';
import { check, discover } from './inspect.ts';
import { manifest } from './manifest.ts';
import { readingOf } from './reading.ts';
import { stockOf } from './stock.ts';
import { PLANS, type StreamPlan } from './streams.ts';

export const tryton = defineConnector({
  manifest,
  config,
  protocol,
  connect(settings) {
    const client = new TrytonClient(settings);
    const source = { client, log: new DeletionLog(client), pageSize: settings.pageSize };
    const stream = (plan: StreamPlan) => ({
      ...readingOf(plan, source),
      map: (record: Parameters<StreamPlan['map']>[0]) => plan.map(record, settings),
    });
    return {
      check: (http) => check(settings, client, http),
      discover: (http) => discover(client, http),
      streams: {
        party: stream(PLANS.party),
        contact: stream(PLANS.contact),
        product: stream(PLANS.product),
        warehouse: stream(PLANS.warehouse),
        stock: stockOf(source),
        sale: stream(PLANS.sale),
        purchase: stream(PLANS.purchase),
        invoice: stream(PLANS.invoice),
      },
    };
  },
});
