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

async function made(server: RtServer, kind: 'user' | 'queue', values: object): Promise<{ readonly id: string }> {
  const { status, body } = await server.call('POST', kind, values);
  if (status !== 201) throw new Error(`A ${kind} was not made: ${status}`);
  return body as { readonly id: string };
}

function userHands(server: RtServer): StreamHands {
  let count = 0;
  return {
    missingKey: 'nobody-of-that-name',
    create: (wanted) =>
      inTurn(wanted, async () => {
        const name = `person-${count++}`;
        await made(server, 'user', { Name: name, RealName: `Person ${count}` });
        return name;
      }),
    async edit(key) {
      await server.call('PUT', `user/${key}`, { RealName: `Edited ${count++}` });
    },
  };
}

function queueHands(server: RtServer): StreamHands {
  let count = 0;
  return {
    missingKey: '999999',
    create: (wanted) => inTurn(wanted, async () => (await made(server, 'queue', { Name: `Queue ${count++}` })).id),
    async edit(key) {
      await server.call('PUT', `queue/${key}`, { Description: `Edited ${count++}` });
    },
  };
}
