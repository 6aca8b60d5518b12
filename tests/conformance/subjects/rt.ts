import { rt } from 'isthmus/connectors/rt';
import type { ConformanceSystem, StreamHands } from '#sdk/testing/conformance';
import { type RtServer, startRt } from '../../systems/rt/index.ts';

const SMALL_PAGE = 3;
/** How many of each there are from the start. */
const RECORDS = 4;

/** The real Request Tracker under the conformance kit. */
export async function rtSubject(): Promise<ConformanceSystem> {
  const server = await startRt();
  const hands = { ticket: ticketHands(server), user: userHands(server), queue: queueHands(server) };
  for (const { create } of Object.values(hands)) await create!(RECORDS);
  return {
    url: server.url,
    secrets: [server.token],
    smallPageSize: SMALL_PAGE,
    connection: (url, { smallPages, ...settings } = {}) =>
      rt({ url, token: server.token, ...(smallPages && { pageSize: SMALL_PAGE }), ...settings }),
    hands,
    stop: () => server.stop(),
  };
}

async function inTurn(count: number, make: (at: number) => Promise<string>): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let at = 0; at < count; at++) keys.push(await make(at));
  return keys;
}

function ticketHands(server: RtServer): StreamHands {
  let edits = 0;
  return {
    missingKey: '999999',
    create: (count) => inTurn(count, (at) => server.createTicket({ Subject: `Ticket ${at}` })),
    edit: (key) => server.updateTicket(key, { Subject: `Edited ${edits++}` }),
    remove: (key) => server.deleteTicket(key),
  };
}

function userHands(server: RtServer): StreamHands {
  let made = 0;
  return {
    missingKey: 'nobody-of-that-name',
    create: (count) =>
      inTurn(count, async () => {
        const name = `person-${made++}`;
        const { status } = await server.call('POST', 'user', { Name: name, RealName: `Person ${made}` });
        if (status !== 201) throw new Error(`The user ${name} was not made: ${status}`);
        return name;
      }),
    async edit(key) {
      await server.call('PUT', `user/${key}`, { RealName: `Edited ${made++}` });
    },
  };
}

function queueHands(server: RtServer): StreamHands {
  let made = 0;
  return {
    missingKey: '999999',
    create: (count) =>
      inTurn(count, async () => {
        const { status, body } = await server.call('POST', 'queue', { Name: `Queue ${made++}` });
        if (status !== 201) throw new Error(`A queue was not made: ${status}`);
        return (body as { id: string }).id;
      }),
    async edit(key) {
      await server.call('PUT', `queue/${key}`, { Description: `Edited ${made++}` });
    },
  };
}
