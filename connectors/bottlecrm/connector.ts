import { type CheckResult, defineConnector, type Http } from 'isthmus/sdk';
import { protocol } from './client.ts';
import { type Config, config } from './config.ts';
import { manifest } from './manifest.ts';
import { STREAMS, streamOf } from './streams.ts';
import { receive } from './webhook.ts';

export const bottlecrm = defineConnector({
  manifest,
  config,
  protocol,
  connect: (settings) => ({
    check: (http) => check(settings, http),
    webhook: async (request) => receive(settings, request),
    streams: {
      account: streamOf(STREAMS.account, settings),
      contact: streamOf(STREAMS.contact, settings),
      lead: streamOf(STREAMS.lead, settings),
      opportunity: streamOf(STREAMS.opportunity, settings),
      case: streamOf(STREAMS.case, settings),
    },
  }),
});

async function check({ webhookSecret }: Config, http: Http): Promise<CheckResult> {
  const { body } = await http.json<{ user_obj?: { role?: string } }>({ path: '/api/profile/' });
  const role = body.user_obj?.role;
  if (role === undefined) {
    const fix = 'Set url to the address of the API, without a path.';
    return { status: 'config', message: 'The answer is not that of BottleCRM.', fix };
  }
  const notes: string[] = [];
  if (role !== 'ADMIN') notes.push('The token is not an administrator’s: it sees only what is assigned to its owner.');
  if (webhookSecret === undefined) notes.push('No webhookSecret: changes are seen with the next sweep (sweepEvery).');
  return { status: 'ok', product: 'BottleCRM', notes };
}
