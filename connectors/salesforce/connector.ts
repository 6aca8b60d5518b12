import { defineConnector } from 'isthmus/sdk';
import { protocol } from './client.ts';
import { config } from './config.ts';
import { check, discover } from './inspect.ts';
import { manifest } from './manifest.ts';
import { STREAMS, streamOf } from './streams.ts';

export const salesforce = defineConnector({
  manifest,
  config,
  protocol,
  connect: (settings) => ({
    check: (http) => check(settings, http),
    discover: (http) => discover(settings, http),
    streams: {
      account: streamOf(STREAMS.account, settings),
      contact: streamOf(STREAMS.contact, settings),
      lead: streamOf(STREAMS.lead, settings),
      opportunity: streamOf(STREAMS.opportunity, settings),
      case: streamOf(STREAMS.case, settings),
    },
  }),
});
