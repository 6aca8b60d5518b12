import { bottlecrm } from 'isthmus/connectors/bottlecrm';
import type { ConformanceSystem, StreamHands } from '#sdk/testing/conformance';
import { CrmDesk, startBottleCrm } from '../../systems/bottlecrm/index.ts';

type Kind = Parameters<CrmDesk['create']>[0];
type Body = Parameters<CrmDesk['create']>[1];

const SMALL_PAGE = 2;
/** How many of each there are from the start. */
const RECORDS = 4;

/** The real BottleCRM under the conformance kit. */
export async function bottleCrmSubject(): Promise<ConformanceSystem> {
  const server = await startBottleCrm();
  const { token } = server;
  const desk = new CrmDesk(server);
  const hands = {
    account: handsFor(desk, 'accounts', (n) => ({ name: `Company ${n}` }), 'city'),
    contact: handsFor(desk, 'contacts', (n) => ({ first_name: 'Ada', last_name: `Love ${n}` }), 'title'),
    lead: handsFor(
      desk,
      'leads',
      (n) => ({ last_name: `Lead ${n}`, title: `L${n}`, status: 'assigned' }),
      'company_name',
    ),
    opportunity: handsFor(desk, 'opportunities', (n) => ({ name: `Deal ${n}`, amount: `${n}.10` }), 'name'),
    case: handsFor(desk, 'cases', (n) => ({ name: `Case ${n}`, status: 'New', priority: 'Low' }), 'name'),
  };
  for (const { create } of Object.values(hands)) await create(RECORDS);
  return {
    url: server.url,
    secrets: [token],
    smallPageSize: SMALL_PAGE,
    connection: (url, { smallPages, ...settings } = {}) =>
      bottlecrm({ url, token, currency: 'EUR', ...(smallPages && { pageSize: SMALL_PAGE }), ...settings }),
    hands,
    stop: () => server.stop(),
  };
}

function handsFor(desk: CrmDesk, kind: Kind, body: (n: number) => Body, edited: string) {
  let made = 0;
  return {
    async create(count: number) {
      const keys: string[] = [];
      for (let n = 0; n < count; n += 1) keys.push(await desk.create(kind, body(++made)));
      return keys;
    },
    edit: (key: string) => desk.edit(kind, key, { [edited]: `Edited ${++made}` }),
    remove: (key: string) => desk.remove(kind, key),
    missingKey: '00000000-0000-4000-8000-000000000000',
  } satisfies StreamHands;
}
