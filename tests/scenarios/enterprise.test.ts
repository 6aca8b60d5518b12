import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { generateAugmentation, loadCanonicalModel } from '#model';
import type { SandboxServer } from '#sdk/testing';
import { buildPackage, ROOT } from '../support/build.ts';
import { type DemoSystems, startDemoSystems } from '../support/demo-systems.ts';
import { editsOf } from '../support/edits.ts';
import { startRegister } from '../support/enterprise/register.ts';
import type { RegisteredShip } from '../support/enterprise/shipyard.ts';
import { type Data, type HubProcess, spawnHub, startHubProcess } from '../support/hub-process.ts';
import { until } from '../support/until.ts';

// Processes start and stop in these tests, and the machine may have other work.
jest.setTimeout(120_000);

const HOME = join(ROOT, 'tests/support/enterprise');
const BEFORE = join(ROOT, 'tests/support/paced-demo.config.ts');
const AFTER = join(HOME, 'isthmus.config.ts');

let systems: DemoSystems;
let register: SandboxServer;
let hub: HubProcess;
let customersBefore: number;
let ships: readonly RegisteredShip[];
let tiers: ReadonlyMap<string, string | null>;

const start = (config: string) =>
  startHubProcess({
    config,
    data: join(systems.folder, 'hub'),
    env: { ...systems.env, YARD_URL: register.url, YARD_KEY: 'open-sesame' },
  });

beforeAll(async () => {
  await buildPackage();
  systems = await startDemoSystems();
  const companies = [...systems.records.demo.companies()];
  // Companies that the CRM knows once: what their account says is what the graph should.
  const known = companies.filter(({ roles, crmViews }) => roles.includes('customer') && crmViews.length === 1);
  tiers = new Map(known.map(({ crmViews: [view] }) => [view!.id, view!.loyaltyTier]));
  const owner = companies.find(({ erpView, roles }) => erpView && roles.join() === 'customer')!.erpView!.erpNumber;
  ships = ['Aurora', 'Borealis', 'Calypso', 'Delphin', 'Esperance'].map((name, at) => ({
    imo: String(9_000_001 + at),
    name,
    handedOver: at === 4 ? null : `201${at}-05-01`,
    tonnes: `${(at + 1) * 1000}.500`,
    ownerNumber: at < 2 ? owner : null,
  }));
  register = await startRegister(ships, 'open-sesame');
  hub = await start(BEFORE);
  await hub.ready();
  customersBefore = (await hub.ask('{ customers(first: 1) { totalCount } }')).customers.totalCount;
  await hub.stop();
}, 120_000);

afterAll(async () => {
  await hub?.stop();
  await register?.stop();
  await systems?.stop();
});

const tierOf = async (account: string): Promise<string | null | undefined> => {
  const source = `connection: "crm", stream: "account", sourceId: "${account}"`;
  return (await hub.ask(`{ customerBySource(${source}) { loyaltyTier } }`)).customerBySource?.loyaltyTier;
};

describe('a field and a type of one’s own, on a filled store', () => {
  test('the types for mappings and config are those of the model file', () => {
    const file = join(HOME, 'model.graphql');
    const model = loadCanonicalModel([{ file, text: readFileSync(file, 'utf8') }]);
    const printed = generateAugmentation(model, loadCanonicalModel());
    const words = (text: string) => text.replace(/\s+/g, ' ').trim();
    expect(words(readFileSync(join(HOME, 'isthmus-model.ts'), 'utf8'))).toBe(words(printed));
  });

  test('the field is filled in the background while the graph goes on answering', async () => {
    hub = await start(AFTER);
    const [account, tier] = [...tiers].find(([, each]) => each === 'Gold')!;
    await until('the tier', async () => {
      const { customers } = await hub.ask(
        '{ customers(first: 1, orderBy: [{ name: DESC }]) { totalCount edges { node { name } } } }',
      );
      expect(customers).toMatchObject({ totalCount: customersBefore, edges: [{ node: { name: expect.any(String) } }] });
      return (await tierOf(account)) === tier;
    });
    await hub.ready();
    for (const [each, expected] of [...tiers].slice(0, 40)) expect(await tierOf(each)).toBe(expected);
  });

  test('it is filtered, sorted, counted, and says whose it is', async () => {
    const query = `{
      gold: customers(first: 100, filter: { loyaltyTier: { eq: "Gold" } }) { totalCount edges { node { loyaltyTier } } }
      sorted: customers(first: 1000, orderBy: [{ loyaltyTier: DESC }, { name: ASC }], filter: { loyaltyTier: { isNull: false } }) {
        edges { node { loyaltyTier provenance(fields: [loyaltyTier]) { connection stream } } }
      }
    }`;
    const { gold, sorted } = await hub.ask(query);
    expect(gold.totalCount).toBeGreaterThan(0);
    expect(new Set(gold.edges.map(({ node }: Data) => node.loyaltyTier))).toEqual(new Set(['Gold']));
    const shown: string[] = sorted.edges.map(({ node }: Data) => node.loyaltyTier);
    expect(shown).toEqual(shown.toSorted().reverse());
    expect(new Set(shown)).toEqual(new Set(['Bronze', 'Silver', 'Gold', 'Platinum']));
    expect(sorted.edges[0].node.provenance).toEqual([{ connection: 'crm', stream: 'account' }]);
  });

  test('an edit of it in the CRM shows', async () => {
    const [account] = [...tiers].find(([, tier]) => tier === 'Bronze')!;
    await editsOf(systems).crm.update('Account', account, { Loyalty__c: 'Platinum' });
    await until('the tier', async () => (await tierOf(account)) === 'Platinum');
  });

  test('the new type is listed, with its relations both ways', async () => {
    const query = `{ vessels(first: 10, orderBy: [{ imoNumber: ASC }]) { totalCount edges { node {
      imoNumber name builtOn deadweight owner { number vessels(first: 5, orderBy: [{ name: DESC }]) { edges { node { name } } } }
    } } } }`;
    const { vessels } = await hub.ask(query);
    expect(vessels.totalCount).toBe(ships.length);
    expect(vessels.edges.map(({ node }: Data) => node.imoNumber)).toEqual(ships.map(({ imo }) => imo));
    expect(vessels.edges[4].node).toEqual({
      imoNumber: '9000005',
      name: 'Esperance',
      builtOn: null,
      deadweight: '5000.500',
      owner: null,
    });
    const { owner } = vessels.edges[0].node;
    expect(owner.number).toMatch(/^0*\d+$/);
    expect(owner.vessels.edges.map(({ node }: Data) => node.name)).toEqual(['Borealis', 'Aurora']);
    const filter = '{ owner: { loyaltyTier: { isNull: true } }, deadweight: { gt: "1000.49" } }';
    await hub.ask(`{ vessels(first: 5, filter: ${filter}) { totalCount } }`);
  });
});

test('a model that would lose the field is refused, with the statement that would do it', async () => {
  await hub.stop();
  const refused = spawnHub({ config: BEFORE, data: join(systems.folder, 'hub'), env: systems.env });
  expect((await refused.ended).code).toBe(1);
  expect(refused.output()).toMatch(/alter table "golden_customer" drop column "loyalty_tier"/);
  expect(refused.output()).toMatch(/drop table "golden_vessel"/);
  hub = await start(AFTER);
  expect((await hub.ask('{ vessels(first: 1) { totalCount } }')).vessels.totalCount).toBe(ships.length);
});
