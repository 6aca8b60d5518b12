import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { buildPackage } from '../../support/build.ts';
import type { Data } from '../../support/hub-process.ts';
import { readReadme } from '../../support/readme.ts';
import { until } from '../../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../downloads.ts';
import { missingPart, postgresPlaces, sqlitePlaces } from '../postgres/index.ts';
import { canRun } from '../python.ts';
import { type Clerk, clerksOf } from './clerks.ts';
import { type ChangeRow, HubOverSystems } from './hub.ts';
import { missingForRt, missingForThree, type Systems, startSystems } from './systems.ts';

jest.setTimeout(300_000);

const SUITE = 'one company over three real systems';
const isRunnable = canRun(SUITE, missingForThree() ?? missingPart());
const hasDesk = isRunnable && canRun(`${SUITE}: tickets`, missingForRt());
const SYSTEMS = (['erp', 'crm', 'records', 'desk'] as const).filter((system) => system !== 'desk' || hasDesk);
const EDITS = 20;
/** So that they meet the polls at all their phases. */
const EDIT_EVERY_MS = 800;
/** Seconds. So seldom that edits are not seen by sweeps. */
const SELDOM = 300;
/** Seconds. How long what is deleted may wait, and what BottleCRM told nobody of. */
const SWEEP = 12;
/** What is promised of a quiet machine; a busy one is given ten times as long. */
const PROMISED_MS: Readonly<Record<Clerk['system'], number>> = { erp: 3000, crm: 2000, records: 3000, desk: 3000 };
const CAUGHT_UP_MS = 20_000;
const PATIENCE = 10;

(isRunnable ? describe : describe.skip)(SUITE, () => {
  let systems: Systems;
  let clerks: readonly Clerk[];
  /** Counts on, so that no value is written twice. */
  let written = 0;
  const onSqlite = sqlitePlaces();
  const onPostgres = postgresPlaces();

  beforeAll(async () => {
    await buildPackage();
    systems = await startSystems({ customers: 30, cases: 48, documents: 60 });
    clerks = clerksOf(systems);
  }, INSTALLED_WITHIN_MS);
  afterAll(() => systems?.stop());

  async function overview(hub: HubOverSystems, seconds?: number): Promise<{ customers: Data; extensions: Data }> {
    const query = readReadme().query;
    const live = seconds === undefined ? query : query.replace('{', `@maxStaleness(seconds: ${seconds}) {`);
    const { data, errors, extensions } = await hub.process.answer(live);
    expect(errors).toBeUndefined();
    return { customers: data.customers, extensions };
  }

  async function expectWhole(hub: HubOverSystems): Promise<void> {
    const { customers } = await overview(hub);
    expect(customers.edges).toHaveLength(5);
    // Edits move others to the top, and not each of them has ordered something.
    for (const list of ['salesOrders', 'documents']) {
      expect(customers.edges.some(({ node }: Data) => node[list].edges.length > 0)).toBe(true);
    }
    for (const { node } of customers.edges) {
      expect(Number(node.creditLimit.amount)).toBeGreaterThanOrEqual(50_000);
      expect(node.opportunities.edges.length).toBeGreaterThan(0);
      const told = new Set(node.provenance.map(({ connection }: Data) => connection));
      expect([...told].sort()).toEqual(['crm', 'erp']);
    }
  }

  /** Each of them edits 20 records of its own; what the graph then shows, and what the log tells, is all there is. */
  async function edits(hub: HubOverSystems, store: string, sweep?: number): Promise<void> {
    const before = await hub.lastChange();
    const lines = await Promise.all(
      clerks.map((clerk) => editAll(hub, clerk, clerk.system === 'crm' ? sweep : undefined)),
    );
    await quietRounds(hub);
    const log = await hub.changesAfter(before);
    for (const clerk of clerks) expectOnce(log, clerk, EDITS);
    for (const line of lines) process.stdout.write(`three on ${store}: ${line}\n`);
  }

  /** One after the other, and none waits until the one before is shown. */
  async function editAll(hub: HubOverSystems, clerk: Clerk, sweep?: number): Promise<string> {
    const asked = systems.doors[clerk.system]!.passed.length;
    const longest = (sweep === undefined ? PROMISED_MS[clerk.system] : sweep * 1000) * PATIENCE;
    const { fields, sweptStreams } = clerk;
    const took: Promise<number>[] = [];
    for (const place of clerk.places.slice(0, EDITS)) {
      const n = ++written;
      const isShown = (record: Data) => clerk.isShown(record, n);
      await clerk.edit(place.key, n);
      const shown =
        sweep === undefined
          ? hub.shows(place, fields, isShown, longest)
          : hub.showsWithOneSweep(sweptStreams, place, fields, isShown, longest);
      shown.catch(() => {});
      took.push(shown);
      if (sweep === undefined) await wait(EDIT_EVERY_MS);
    }
    const line = figures(clerk, await Promise.all(took), asked);
    return sweep === undefined ? line : `${line}; swept every ${sweep} s, each by the first sweep after it`;
  }

  function figures({ product, system }: Clerk, took: number[], asked: number): string {
    const requests = (systems.doors[system]!.passed.length - asked) / EDITS;
    took.sort((a, b) => a - b);
    const at = (share: number) => `${Math.round(took[Math.ceil(took.length * share) - 1]!)} ms`;
    return `${product}: ${EDITS} edits shown, p50 ${at(0.5)}, p99 ${at(0.99)}; ${requests.toFixed(1)} requests a change, polling included`;
  }

  function expectOnce(log: readonly ChangeRow[], { system, entity, field }: Clerk, count: number): void {
    const own = log.filter(({ origin }) => origin === system);
    expect(own.map((row) => `${row.entity} ${row.op}`)).toEqual(own.map(() => `${entity} update`));
    const written = own.filter(({ changed }) => changed.includes(field));
    expect(written).toHaveLength(count);
    expect(new Set(written.map(({ canonicalId }) => canonicalId)).size).toBe(count);
    // A new name is a new path as well, which another stream tells: another change, and that once.
    expect(new Set(own.map(({ canonicalId, changed }) => `${canonicalId} ${changed}`)).size).toBe(own.length);
  }

  /** Each is read twice more, so that what would come again has come. */
  async function quietRounds(hub: HubOverSystems): Promise<void> {
    const polled = clerks.filter(({ system }) => system !== 'crm');
    await Promise.all(
      polled.map(async ({ places: [first] }) => {
        const { connection, stream } = first!;
        const freshThrough = async () => (await hub.states()).get(`${connection}.${stream}`)!.freshThrough ?? 0;
        // The first may have been under way.
        for (let reads = 0, last = await freshThrough(); reads < 3; reads++) {
          last = await until(
            `${connection} to be read again`,
            async () => {
              const now = await freshThrough();
              return now > last ? now : undefined;
            },
            60_000,
          );
        }
      }),
    );
  }

  describe('on SQLite, without webhooks', () => {
    let hub: HubOverSystems;
    beforeAll(async () => {
      hub = new HubOverSystems({
        place: await onSqlite(),
        env: { ...systems.env, SWEEP_EVERY: String(SELDOM), CRM_SWEEP_EVERY: '6' },
      });
      await hub.start();
    }, 600_000);
    afterAll(() => hub?.stop());

    test('the README’s query answers across them', () => expectWhole(hub));

    test('each edit is seen once, BottleCRM’s by sweeps', () => edits(hub, 'SQLite', 6));
  });

  describe('on PostgreSQL, with webhooks', () => {
    let hub: HubOverSystems;
    beforeAll(async () => {
      const { env, hookSecret, pushes } = systems;
      hub = new HubOverSystems({
        place: await onPostgres(),
        env: { ...env, CRM_HOOK_SECRET: hookSecret, SWEEP_EVERY: String(SELDOM) },
        pushes,
      });
      await hub.start();
    }, 600_000);
    afterAll(() => hub?.stop());

    test('the README’s query answers across them', () => expectWhole(hub));

    test('a customer has what each system holds of it, under the code that all of them know', async () => {
      const { code } = systems.company.customers[0]!;
      const fields = `number creditLimit { amount } opportunities(first: 9) { totalCount }
        salesOrders(first: 9) { totalCount } documents(first: 99) { totalCount nodes { folder { path } order { number } } }`;
      for (const [connection, stream, key] of [
        ['erp', 'party', systems.keys.parties.get(code)!],
        ['crm', 'account', systems.keys.accounts.get(code)!],
      ] as const) {
        const customer = await hub.look({ entity: 'customer', connection, stream, key }, fields);
        expect(customer.number).toBe(code);
        expect(customer.opportunities.totalCount).toBeGreaterThan(0);
        expect(customer.salesOrders.totalCount).toBeGreaterThan(0);
        for (const { folder } of customer.documents.nodes) expect(folder.path).toContain(`/${code} `);
      }
    });

    test('each edit is seen once, BottleCRM’s because it tells of them', async () => {
      const pushed = systems.pushes.passed.length;
      await edits(hub, 'PostgreSQL');
      const accepted = systems.pushes.passed.slice(pushed).filter(({ status }) => status < 300);
      expect(accepted.length).toBeGreaterThanOrEqual(EDITS);
    });

    test('what is edited while the hub and each server were restarted is seen once', async () => {
      await quietRounds(hub);
      const before = await hub.lastChange();
      await hub.stop();
      const first = await editOne(0);
      await restartAll();
      const second = await editOne(1);
      // From here on sweeps are frequent: nobody took what BottleCRM wanted to tell.
      await hub.start({ SWEEP_EVERY: String(SWEEP) });
      await Promise.all(
        [...first, ...second].map(({ clerk, place, n }) =>
          hub.shows(place, clerk.fields, (record) => clerk.isShown(record, n), SWEEP * 1000 * PATIENCE),
        ),
      );
      await quietRounds(hub);
      const log = await hub.changesAfter(before);
      for (const clerk of clerks) expectOnce(log, clerk, 2);
      await expectWhole(hub);
    });

    test('what is deleted in one of them is gone within a sweep', async () => {
      const doomed = await Promise.all(clerks.map(async (clerk, at) => ({ clerk, place: await clerk.create(at) })));
      const longest = SWEEP * 1000 * PATIENCE;
      await Promise.all(doomed.map(({ place }) => hub.shows(place, 'id', (record) => record !== undefined, longest)));
      const lines = await Promise.all(
        doomed.map(async ({ clerk: { product, remove, sweptStreams }, place }) => {
          await remove(place.key);
          const isGone = (record: Data) => record === undefined;
          const took = await hub.showsWithOneSweep(sweptStreams, place, 'id', isGone, longest);
          return `${product}: a deletion shown after ${(took / 1000).toFixed(1)} s`;
        }),
      );
      for (const line of lines) process.stdout.write(`three: ${line}; swept every ${SWEEP} s\n`);
    });

    test.each(SYSTEMS)('%s, killed while it is read, leaves the answer whole', async (system) => {
      const clerk = clerks.find((each) => each.system === system)!;
      const whole = essence((await overview(hub)).customers);
      const tickets =
        '{ tickets(first: 5, filter: { number: { isNull: false } }, orderBy: [{ number: ASC }]) { nodes { subject } } }';
      const asked = system === 'desk' ? hub.process.answer(tickets) : overview(hub, 0);
      await goDown(system);
      await asked;
      const degraded = async () => {
        if (system !== 'desk') {
          const { customers, extensions } = await overview(hub, 0);
          expect(essence(customers)).toEqual(whole);
          return extensions.isthmus.degraded;
        }
        const { data, extensions } = await hub.process.answer(
          tickets.replace('{', 'query @maxStaleness(seconds: 0) {'),
        );
        expect(data.tickets.nodes).toHaveLength(5);
        return extensions?.isthmus.degraded;
      };
      await until(
        `${system} to be named`,
        async () => (await degraded())?.some((one: Data) => one.connection === system),
        60_000,
      );
      await comeBack(system);
      const n = ++written;
      const place = clerk.places[EDITS]!;
      await clerk.edit(place.key, n);
      const longest = CAUGHT_UP_MS * PATIENCE;
      const took = await hub.shows(place, clerk.fields, (record) => clerk.isShown(record, n), longest);
      process.stdout.write(`three: ${clerk.product}: caught up ${(took / 1000).toFixed(1)} s after it was back\n`);
      expect((await overview(hub, 0)).customers.edges).toHaveLength(5);
    });
  });

  /** A record of each system that nobody has edited yet. */
  function editOne(turn: number) {
    return Promise.all(
      clerks.map(async (clerk) => {
        const n = ++written;
        const place = clerk.places[EDITS + 1 + turn]!;
        await clerk.edit(place.key, n);
        return { clerk, place, n };
      }),
    );
  }

  async function restartAll(): Promise<void> {
    for (const { system } of clerks) await goDown(system);
    await Promise.all(clerks.map(({ system }) => comeBack(system)));
  }

  /** OpenCMIS would forget everything: it is frozen, and nobody gets through to it. */
  async function goDown(system: Clerk['system']): Promise<void> {
    if (system === 'erp') await systems.erp.kill();
    if (system === 'crm') await systems.crm.kill();
    if (system === 'desk') await systems.desk?.kill();
    if (system !== 'records') return;
    process.kill(-systems.records.pid, 'SIGSTOP');
    systems.doors.records!.target = undefined;
  }

  async function comeBack(system: Clerk['system']): Promise<void> {
    if (system === 'erp') await systems.erp.restart();
    if (system === 'crm') await systems.crm.restart();
    if (system === 'desk') await systems.desk?.start();
    if (system !== 'records') return;
    process.kill(-systems.records.pid, 'SIGCONT');
    systems.doors.records!.target = new URL(systems.records.url).origin;
  }
});

/** Without what is another each time it is asked for. */
function essence({ totalCount, edges }: Data): unknown {
  const rows = edges.map(({ node: { provenance: _provenance, documents, ...rest } }: Data) => ({
    ...rest,
    documents: documents.edges.map(({ node: { name } }: Data) => name),
  }));
  return { totalCount, rows };
}
