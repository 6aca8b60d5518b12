import { salesforce } from 'isthmus/connectors/salesforce';
import { salesforceId } from '#sdk/testing';
import type { ConformanceSystem, StreamHands } from '#sdk/testing/conformance';
import { type SalesforceSandbox, startSalesforce } from '../../../connectors/salesforce/sandbox/start.ts';
import type { Row } from './table-hands.ts';

/** The fewest that the product lets a client ask for. */
const SMALL_PAGE = 200;

/** The Salesforce sandbox under the conformance kit. */
export async function salesforceSubject(): Promise<ConformanceSystem> {
  const sandbox = await startSalesforce();
  const { clientId, username, privateKey } = sandbox.ready;
  const auth = { kind: 'jwt', clientId, username, privateKey } as const;
  const hands = (object: string, record: Row, edited: string) => handsOf(sandbox, object, record, edited);
  return {
    url: sandbox.url,
    secrets: [privateKey],
    smallPageSize: SMALL_PAGE,
    connection: (url, { smallPages, ...settings } = {}) =>
      salesforce({ url, auth, currency: 'EUR', ...(smallPages && { pageSize: SMALL_PAGE }), ...settings }),
    hands: {
      account: hands('Account', { Name: 'Kit' }, 'Name'),
      contact: hands('Contact', { LastName: 'Kit' }, 'LastName'),
      lead: hands('Lead', { LastName: 'Kit', Company: 'Kit' }, 'Company'),
      opportunity: hands('Opportunity', { Name: 'Kit', StageName: 'Prospecting', CloseDate: '2031-01-31' }, 'Name'),
      case: hands('Case', { Subject: 'Kit' }, 'Subject'),
    },
    stop: () => sandbox.stop(),
  };
}

function handsOf({ store, writes, object, clock }: SalesforceSandbox, name: string, record: Row, edited: string) {
  const kind = object(name);
  const table = store.table<Row>(name);
  let edits = 0;
  const edit = () => ({ [edited]: `Edited ${edits++}` });
  const commit = (keys: readonly string[], stampedAt: Date) =>
    void table.commitLate(
      keys.map((key) => ({ ...table.get(key), ...edit() })),
      { stampedAt },
    );
  return {
    missingKey: salesforceId(kind.keyPrefix, 99_999_999),
    listed: 'Id',
    create: async (count) => Array.from({ length: count }, () => writes.create(kind, record)),
    edit: async (key) => writes.update(kind, key, edit()),
    /** Into the recycle bin. */
    remove: async (key) => writes.remove(kind, key),
    stampTogether: async (keys) => commit(keys, clock.now()),
    commitLate: async (key, secondsAgo) => commit([key], new Date(clock.nowMs() - secondsAgo * 1000)),
  } satisfies StreamHands;
}
