import { type CheckResult, defineConnector, type Http } from 'isthmus/sdk';
import { newestTransaction, protocol, readVersion } from './client.ts';
import { config } from './config.ts';
import { manifest } from './manifest.ts';
import { queues, tickets, users } from './streams.ts';

/** Request Tracker over REST 2. */
export const rt = defineConnector({
  manifest,
  config,
  protocol,
  connect: (settings) => ({
    check,
    streams: { ticket: tickets(settings), user: users(settings), queue: queues(settings) },
  }),
});

async function check(http: Http): Promise<CheckResult> {
  const version = await readVersion(http);
  if (version === undefined) {
    const fix = 'Set url to where its web pages are, without /REST/2.0.';
    return { status: 'config', message: 'The answer is not that of Request Tracker’s REST 2.', fix };
  }
  const notes =
    (await newestTransaction(http, 'RT::Ticket')) === 0
      ? ['No ticket’s history can be seen: grant ShowTicket to the token’s owner, if there are tickets.']
      : [];
  return { status: 'ok', product: 'Request Tracker', version, notes };
}
