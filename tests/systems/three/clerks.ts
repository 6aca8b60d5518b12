import { recordsEdits } from '../../support/edits.ts';
import type { Data } from '../../support/hub-process.ts';
import type { TrytonDesk } from '../tryton/index.ts';
import type { Place } from './hub.ts';
import type { Systems } from './systems.ts';

/** Somebody who works in one system, through its own API, on records that the graph has too. */
export interface Clerk {
  readonly system: 'erp' | 'crm' | 'records' | 'desk';
  readonly product: string;
  /** What its edits are changes of. */
  readonly entity: 'Customer' | 'Document' | 'Ticket';
  /** Whose sweeps find what was deleted. */
  readonly sweptStreams: readonly string[];
  /** Records to be edited; those after them are deleted. */
  readonly places: readonly Place[];
  /** Writes the n-th value into a record's field. */
  edit(key: string, n: number): Promise<void>;
  readonly fields: string;
  /** What the change log calls the field. */
  readonly field: string;
  /** Whether the graph shows that value. */
  isShown(record: Data, n: number): boolean;
  /** Something that nothing else hangs on, to be deleted. */
  create(n: number): Promise<Place>;
  remove(key: string): Promise<void>;
}

const place = (entity: Place['entity'], connection: string, stream: string, key: string): Place => {
  return { entity, connection, stream, key };
};

/** Everybody who is there. Tryton forgets its sessions never, but its desk is asked for anew each time. */
export function clerksOf(systems: Systems): readonly Clerk[] {
  const { desk } = systems;
  return [erpClerk(systems), crmClerk(systems), recordsClerk(systems), ...(desk ? [deskClerk(systems, desk)] : [])];
}

function erpClerk({ erp, keys, company }: Systems): Clerk {
  let opened: Promise<TrytonDesk> | undefined;
  const desk = () => (opened ??= erp.desk());
  const at = (key: string) => place('customer', 'erp', 'party', key);
  return {
    ...{ system: 'erp', product: 'Tryton', entity: 'Customer', field: 'creditLimit', fields: 'creditLimit { amount }' },
    sweptStreams: ['party'],
    places: company.customers.map(({ code }) => at(keys.parties.get(code)!)),
    async edit(key, n) {
      const credit_limit_amount = { __class__: 'Decimal', decimal: `${70_000 + n}.00` };
      await (await desk()).write('party.party', [Number(key)], { credit_limit_amount });
    },
    isShown: (record, n) => Number(record?.creditLimit?.amount) === 70_000 + n,
    async create(n) {
      const category = await (await desk()).first('party.category', [['name', '=', 'Customers']]);
      const values = { name: `Short-lived ${n}`, categories: [['add', [category]]] };
      return at(String(await (await desk()).createOne('party.party', values)));
    },
    remove: async (key) => (await desk()).delete('party.party', [Number(key)]),
  };
}

function crmClerk({ crmDesk, keys, company }: Systems): Clerk {
  const at = (key: string) => place('customer', 'crm', 'account', key);
  const phone = (n: number) => `+49 40 1${String(n).padStart(6, '0')}`;
  return {
    ...{ system: 'crm', product: 'BottleCRM', entity: 'Customer', field: 'phone', fields: 'phone' },
    sweptStreams: ['account'],
    places: company.customers.map(({ code }) => at(keys.accounts.get(code)!)),
    edit: (key, n) => crmDesk.edit('accounts', key, { phone: phone(n) }),
    isShown: (record, n) => record?.phone === phone(n),
    create: async (n) => at(await crmDesk.create('accounts', { name: `Short-lived ${n}` })),
    remove: (key) => crmDesk.remove('accounts', key),
  };
}

function recordsClerk(systems: Systems): Clerk {
  const edits = () => {
    const { url, repositoryId, user, password } = systems.records;
    return recordsEdits({ service: url, repositoryId, user, password });
  };
  const objects = new Map([...systems.documents.values()].map((each) => [each.versionSeriesId, each.objectId]));
  const at = (key: string) => place('document', 'records', 'document', key);
  return {
    ...{ system: 'records', product: 'OpenCMIS', entity: 'Document', field: 'name', fields: 'name' },
    sweptStreams: ['document', 'filing'],
    places: [...objects.keys()].map(at),
    edit: (key, n) => edits().update(objects.get(key)!, { 'cmis:name': `Renamed ${n}.pdf` }),
    isShown: (record, n) => record?.name === `Renamed ${n}.pdf`,
    // A repository gives no series id to whoever creates: one of those that nothing is asked about goes instead.
    create: async (n) => at([...objects.keys()].at(-1 - (n % 10))!),
    remove: (key) => edits().remove(objects.get(key)!),
  };
}

function deskClerk({ keys }: Systems, desk: NonNullable<Systems['desk']>): Clerk {
  const at = (key: string) => place('ticket', 'desk', 'ticket', key);
  return {
    ...{ system: 'desk', product: 'Request Tracker', entity: 'Ticket', field: 'subject', fields: 'subject' },
    sweptStreams: ['ticket'],
    places: [...keys.tickets.values()].map(at),
    edit: (key, n) => desk.updateTicket(key, { Subject: `Edited ${n}` }),
    isShown: (record, n) => record?.subject === `Edited ${n}`,
    create: async (n) => at(await desk.createTicket({ Subject: `Short-lived ${n}` })),
    remove: (key) => desk.deleteTicket(key),
  };
}
