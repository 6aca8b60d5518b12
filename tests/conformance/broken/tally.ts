import type { Http, SourceRecord } from '#sdk';
import type { ConformanceSystem } from '#sdk/testing/conformance';
import { tally } from '../../../examples/connector/tally/index.ts';
import { startTally } from '../../../examples/connector/tally/sandbox/start.ts';
import { allReads, at, type Defect, everyPage, inStream } from './spoiled.ts';

export async function tallySystem(): Promise<ConformanceSystem> {
  const sandbox = await startTally();
  const { apiKey, hands } = sandbox;
  return {
    url: sandbox.url,
    connection: (url, { smallPages: _, ...settings } = {}) => tally({ url, apiKey, ...settings }),
    secrets: [apiKey],
    hands: { customer: hands },
    stop: () => sandbox.stop(),
  };
}

const customer = (other: Parameters<typeof inStream>[1]) => inStream('customer', other);
const EMPTY = { snapshot: { records: [] }, changes: { records: [] }, lookup: [], listIds: { keys: [] } };
const PAGE = 20;

/** An `http` that is none of the engine's: no session, no second try, no budget. */
function pastTheEngine({ url, apiKey }: Readonly<Record<string, string>>): Http {
  const unused = () => Promise.reject(new Error('Tally is asked for JSON only.'));
  return {
    async json<T>({ path, query = {} }: Parameters<Http['json']>[0]) {
      const asked = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]]));
      const answer = await fetch(`${url}${path}?${new URLSearchParams(asked)}`, { headers: { 'x-api-key': apiKey! } });
      if (!answer.ok) throw new Error(`the answer is ${answer.status}`);
      return { status: answer.status, headers: {}, body: (await answer.json()) as T };
    },
    text: unused,
    stream: unused,
    signal: new AbortController().signal,
  };
}

function troubles(says: RegExp, names: readonly string[]): Record<string, RegExp> {
  const readings = Object.keys(EMPTY);
  return Object.fromEntries(
    readings.flatMap((reading) => names.map((name) => [`customer: ${reading} stays right through ${name}`, says])),
  );
}

const ofConnection: readonly Defect[] = [
  {
    does: 'says of a good login that it is refused',
    spoil: (sound) => ({ ...sound, check: async () => ({ status: 'auth', message: 'Refused.', fix: 'None.' }) }),
    caught: { 'check finds the system and names its product': /"auth"/ },
  },
  {
    does: 'says that all is well without asking',
    spoil: (sound) => ({ ...sound, check: async () => ({ status: 'ok', product: 'Tally' }) }),
    caught: { 'check says that nobody is there': /"ok"/ },
  },
  {
    does: 'discovers types of streams that it has not',
    spoil: (sound) => ({
      ...sound,
      discover: async (http) => [{ ...(await sound.discover!(http))[0]!, stream: 'invoice' }],
    }),
    caught: { 'discover names types with fields, and streams that exist': /names the stream invoice/ },
  },
  {
    does: 'discovers types without fields',
    spoil: (sound) => ({ ...sound, discover: async () => [{ name: 'customer', stream: 'customer', fields: [] }] }),
    caught: { 'discover names types with fields, and streams that exist': /customer has no fields/ },
  },
];

const inTrouble: readonly Defect[] = [
  {
    does: 'asks the system past the engine',
    spoil: customer((sound, settings) =>
      allReads(sound, (read) => (request) => read(request, pastTheEngine(settings))),
    ),
    caught: {
      ...troubles(/was not got over/, ['429', '503', 'half an answer', 'a cut connection']),
      ...troubles(/no error of the SDK/, ['401', '500', 'a page of HTML']),
      'no more calls are under way than the limits allow': /6 calls at once, 2 are allowed/,
      'no more calls are made in a second than the limits allow': /5 a second are allowed/,
      'customer: a snapshot through a bad line has each record once': /fetch failed|terminated/,
    },
  },
  {
    does: 'takes a failure for an empty answer',
    spoil: customer((sound) =>
      allReads(sound, (read, name) => (request, http) => read(request, http).catch(() => EMPTY[name])),
    ),
    caught: troubles(/the answer is another/, ['a page of HTML']),
  },
  {
    does: 'never gets over a failure',
    spoil: customer((sound) => {
      const failed = new Set<string>();
      return allReads(sound, (read, name) => async (request, http) => {
        if (failed.has(name)) return EMPTY[name];
        return await read(request, http).catch((error: unknown) => {
          failed.add(name);
          throw error;
        });
      });
    }),
    caught: troubles(/has a lasting effect/, ['a page of HTML']),
  },
];

const ofSnapshots: readonly Defect[] = [
  {
    does: 'gives the last record of a page again on the next',
    spoil: customer((sound) => {
      let last: SourceRecord | undefined;
      return {
        async snapshot(request, http) {
          const page = await sound.snapshot(request, http);
          const records = request.page === undefined ? page.records : [last!, ...page.records];
          last = page.records.at(-1) ?? last;
          return { ...page, records };
        },
      };
    }),
    caught: { 'customer: the snapshot has each record once': /a key came more than once/ },
  },
  {
    does: 'tells no stamps',
    spoil: customer((sound) => ({
      async snapshot(request, http) {
        const { records, ...rest } = await sound.snapshot(request, http);
        return { ...rest, records: records.map(({ changedAt: _, ...record }) => record) };
      },
    })),
    caught: { 'customer: the snapshot has each record once': /has no stamp/ },
  },
  {
    does: 'spells a spelled key anew',
    spoil: customer(() => ({ normalizeKey: (key) => `${key}0` })),
    caught: { 'customer: the snapshot has each record once': /changes what it has normalised/ },
  },
  {
    does: 'keeps its positions in memory',
    spoil: customer((sound) => {
      const held = new Map<string, string>();
      return {
        async snapshot({ page, select }, http) {
          const { next, records } = await sound.snapshot({ ...at(held.get(page ?? '')), select }, http);
          if (next === undefined) return { records };
          held.set(`${held.size}`, next);
          return { records, next: `${held.size - 1}` };
        },
      };
    }),
    caught: { 'customer: every position of the snapshot can be gone on from': /position 1 gives another page/ },
  },
  {
    does: 'pages by offset',
    spoil: customer((sound) => ({
      async snapshot({ page, select }, http) {
        const all = await everyPage((from) => sound.snapshot({ ...at(from), select }, http));
        const end = Number(page ?? 0) + PAGE;
        return { records: all.slice(end - PAGE, end), ...(end < all.length && { next: `${end}` }) };
      },
    })),
    caught: { 'customer: a snapshot over pages that shift misses no record': /nobody touched were not read/ },
  },
];

const ofMapping: readonly Defect[] = [
  {
    does: 'maps a record to something else each time',
    spoil: customer((sound) => {
      let mapped = 0;
      return {
        map: (record) => sound.map({ ...record, source: { ...(record.source as object), name: `${mapped++}` } }),
      };
    }),
    caught: { 'customer: the mapping is pure and yields declared entities only': /something else the second time/ },
  },
  {
    does: 'maps to an entity that it does not declare',
    spoil: customer((sound) => ({
      map: (record) => sound.map(record).map((each) => ({ ...each, entity: 'Lead', values: {} })),
    })),
    caught: { 'customer: the mapping is pure and yields declared entities only': /Lead is not among the entities/ },
  },
  {
    does: 'changes what it maps',
    spoil: customer((sound) => ({
      map(record) {
        Object.assign(record.source as object, { seen: true });
        return sound.map(record);
      },
    })),
    caught: { 'customer: the mapping is pure and yields declared entities only': /changed its source/ },
  },
];

const BY_KEY = 'customer: lookup answers what was asked, whatever is doubled, missing or in another order';

const ofLookups: readonly Defect[] = [
  {
    does: 'answers a key by what comes next where it is missing',
    spoil: customer((sound) => ({
      async lookup(request, http) {
        const [first] = (await sound.snapshot({ select: [] }, http)).records.slice(-1);
        return [...(await sound.lookup(request, http)), first!];
      },
    })),
    caught: { [BY_KEY]: /which nobody asked for/ },
  },
  {
    does: 'finds nothing where one key is missing',
    spoil: customer((sound) => ({
      async lookup(request, http) {
        const found = await sound.lookup(request, http);
        return new Set(found.map(({ key }) => key)).size < new Set(request.keys).size ? [] : found;
      },
    })),
    caught: { [BY_KEY]: /lookup of C-/ },
  },
  {
    does: 'reads less by key',
    spoil: customer((sound) => ({
      lookup: async (request, http) =>
        (await sound.lookup(request, http)).map((found) => ({
          ...found,
          source: { ...(found.source as object), name: '' },
        })),
    })),
    caught: { 'customer: lookup reads a record as the snapshot does': /reads differently by its key/ },
  },
  {
    does: 'answers the first twenty keys',
    spoil: customer((sound) => ({
      lookup: (request, http) => sound.lookup({ ...request, keys: request.keys.slice(0, PAGE) }, http),
    })),
    caught: { 'customer: more keys than one call may have are all found': /25 !== 55/ },
  },
];

const CHANGES = 'customer: an edit is in the changes since its own stamp';

const ofChanges: readonly Defect[] = [
  {
    does: 'knows of no change',
    spoil: customer(() => ({ changes: async () => ({ records: [] }) })),
    caught: { [CHANGES]: /was edited and is not in the changes/ },
  },
  {
    does: 'begins behind the moment that was asked for',
    spoil: customer((sound) => ({
      changes: (request, http) => sound.changes({ ...request, since: request.since! + 1 }, http),
    })),
    caught: { [CHANGES]: /a change at the very moment asked for is left out/ },
  },
  {
    does: 'goes on behind the last stamp of a page',
    spoil: customer((sound) => ({
      async changes({ since, page, select }, http) {
        const { records, next } = await sound.changes(
          { since: page === undefined ? since! : Number(page) + 1, select },
          http,
        );
        return { records, ...(next !== undefined && { next: `${records.at(-1)!.changedAt}` }) };
      },
    })),
    caught: { 'customer: records of one stamp across a page edge all come': /records of one stamp were not all read/ },
  },
  {
    does: 'never looks behind the newest that it saw',
    spoil: customer((sound) => {
      let newest = 0;
      const seen = (records: readonly SourceRecord[]) => {
        for (const { changedAt } of records) newest = Math.max(newest, changedAt!);
        return records;
      };
      return {
        lookup: async (request, http) => seen(await sound.lookup(request, http)),
        changes: (request, http) => sound.changes({ ...request, since: Math.max(request.since!, newest) }, http),
      };
    }),
    caught: { 'customer: what became visible late under an older stamp comes within the overlap': /came late/ },
  },
];

const LISTED = 'customer: listIds names what the snapshot has';
const GONE = 'customer: what was deleted is listed no more';

const ofIds: readonly Defect[] = [
  {
    does: 'lists an id twice',
    spoil: customer((sound) => ({
      async listIds(request, http) {
        const { keys, ...rest } = await sound.listIds(request, http);
        return { ...rest, keys: [...keys, keys[0]!] };
      },
    })),
    caught: { [LISTED]: /an id is listed more than once/ },
  },
  {
    does: 'leaves ids out',
    spoil: customer((sound) => ({
      async listIds(request, http) {
        const { keys, ...rest } = await sound.listIds(request, http);
        return { ...rest, keys: keys.slice(1) };
      },
    })),
    caught: { [LISTED]: /Expected values to be strictly deep-equal/ },
  },
  {
    does: 'lists what it ever listed',
    spoil: customer((sound) => {
      const ever = new Set<string>();
      return {
        async listIds(_, http) {
          const now = await everyPage(async (page) => {
            const { keys, ...rest } = await sound.listIds(at(page), http);
            return { ...rest, records: keys.map((key) => ({ key, source: undefined })) };
          });
          for (const { key } of now) ever.add(key);
          return { keys: [...ever] };
        },
      };
    }),
    caught: { [GONE]: /was deleted and is still listed/ },
  },
  {
    does: 'finds what is deleted',
    spoil: customer(() => ({ lookup: async ({ keys }) => keys.map((key) => ({ key, source: {} })) })),
    caught: { [GONE]: /was deleted and is still found/ },
  },
];

/** Of a connector that is read by stamp. */
export const tallyDefects: readonly Defect[] = [
  ...[ofConnection, inTrouble, ofSnapshots, ofMapping, ofLookups, ofChanges, ofIds].flat(),
];
