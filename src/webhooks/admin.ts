/** What an operator does with endpoints. All of it is written to the store; whoever sends follows from there. */
import { randomUUID } from 'node:crypto';
import { type Envelope, logEnds, PARTITIONS } from '#events';
import { NotFoundError } from '#sdk';
import { hubColumns, type Store, type WriteTx } from '#store';
import { testMessage } from './body.ts';
import {
  ENDPOINT_KEY,
  loadEndpoints,
  loadPositions,
  loadSecrets,
  lockEndpoint,
  readerName,
  readerOf,
  savePositions,
  type WebhookEndpoint,
  writeEndpoint,
} from './endpoint.ts';
import {
  described,
  healthy,
  newEndpoint,
  readFilter,
  refused,
  type WebhookInput,
  type WebhookPatch,
} from './endpoint-input.ts';
import { oldestKept } from './log-window.ts';
import { placesSince, requirePlaces } from './replay.ts';
import type { Sender } from './sender.ts';
import type { WebhookSettings } from './settings.ts';
import { newSecret } from './signature.ts';
import { checkTarget, type ResolveName } from './target.ts';

export interface NewSecret {
  readonly id: string;
  /** Told here and never again. */
  readonly secret: string;
}

export interface TestResult {
  readonly taken: boolean;
  readonly status: number | null;
  readonly error: string | null;
  readonly latencyMs: number;
}

export interface ReplayFrom {
  /** Milliseconds since 1970. */
  readonly from?: number | null;
  /** Instead: places of single partitions; the others stay where they are. */
  readonly offsets?: readonly { readonly partition: number; readonly offset: number }[] | null;
}

export interface WebhookAdmin {
  create(input: WebhookInput): Promise<NewSecret>;
  update(id: string, patch: WebhookPatch): Promise<void>;
  pause(id: string, reason: string | null): Promise<void>;
  /** Goes on where it stood; after a gap with the oldest change that is kept. */
  resume(id: string): Promise<void>;
  /** The secret from before stays valid for so many hours. */
  rotateSecret(id: string, keepHours: number): Promise<NewSecret>;
  delete(id: string): Promise<void>;
  /** One signed test event, now, whatever the endpoint's state. */
  test(id: string): Promise<TestResult>;
  /** Sends again from there on, in order. Throws `GONE` when not all of it is kept. */
  replay(id: string, from: ReplayFrom): Promise<void>;
}

export interface AdminOptions {
  readonly store: Store;
  readonly envelope: Envelope;
  readonly settings: WebhookSettings;
  readonly sender: Sender;
  readonly resolve: ResolveName;
  /** Something was changed; resolves when it is followed. */
  readonly changed: () => Promise<void>;
  /** An endpoint answered a test well. */
  readonly answers: (id: string) => void;
}

const LONGEST_KEEP_HOURS = 24 * 30;

/** Changes a stored endpoint in a transaction; whoever sends starts anew with what is stored then. */
type Edit = (id: string, work: (tx: WriteTx, found: WebhookEndpoint) => Promise<WebhookEndpoint>) => Promise<void>;

export function webhookAdmin(options: AdminOptions): WebhookAdmin {
  const { store, changed } = options;
  const edit: Edit = async (id, work) => {
    await store.write(async (tx) => {
      const found = await lockEndpoint(tx, id);
      if (!found) throw noEndpoint(id);
      const next = await work(tx, found);
      await writeEndpoint(tx, { ...next, revision: found.revision + 1 });
    });
    await changed();
  };
  return {
    ...defining(options, edit),
    ...steering(options, edit),
    ...trying(options),
    delete: (id) => remove(options, id),
    rotateSecret: (id, keepHours) => rotate(store, edit, id, keepHours),
  };
}

function defining(
  { store, envelope, settings, resolve, changed }: AdminOptions,
  edit: Edit,
): Pick<WebhookAdmin, 'create' | 'update'> {
  const model = store.layout.model;
  const entities = new Set(envelope.topics.map(({ entity }) => entity));
  return {
    async create(input) {
      const url = await checkTarget(input.url, settings, resolve);
      const filter = readFilter(model, entities, input);
      const ends = await logEnds(store);
      const id = `wh_${randomUUID()}`;
      const secret = newSecret();
      const now = store.clock();
      await store.write(async (tx) => {
        await writeEndpoint(tx, { ...newEndpoint(id, now), ...filter, url: url.href, ...described(input) });
        await saveSecret(tx, id, secret, now);
        const positions = Array.from({ length: PARTITIONS }, (_, each) => [each, ends.get(each) ?? 0] as const);
        await savePositions(tx, id, positions);
      });
      await changed();
      return { id, secret };
    },
    async update(id, patch) {
      const url = patch.url == null ? undefined : await checkTarget(patch.url, settings, resolve);
      await edit(id, async (tx, found) => {
        const moved = url !== undefined && url.href !== found.url;
        if (moved) await retryNow(store, tx, id);
        const filter = readFilter(model, entities, {
          entities: patch.entities ?? found.entities,
          ops: patch.ops === undefined ? found.ops : patch.ops,
          fields: patch.fields === undefined ? found.fields : patch.fields,
        });
        return {
          ...found,
          ...filter,
          ...described(patch),
          ...(moved && { url: url.href, failures: 0, failingSince: null, holdUntil: null, epoch: found.epoch + 1 }),
        };
      });
    },
  };
}

function steering({ store }: AdminOptions, edit: Edit): Pick<WebhookAdmin, 'pause' | 'resume' | 'replay'> {
  return {
    pause: (id, reason) =>
      edit(id, async (_tx, found) => ({
        ...found,
        state: 'paused',
        reason: reason ?? 'Paused by an operator.',
        stateAt: store.clock(),
      })),
    resume: (id) =>
      edit(id, async (tx, found) => {
        if (found.state === 'gap') await skipGap(store, tx, id);
        await retryNow(store, tx, id);
        return { ...found, ...healthy(store.clock()), epoch: found.epoch + 1 };
      }),
    async replay(id, { from, offsets }) {
      const byNumber = new Map(offsets?.map(({ partition, offset }) => [partition, offset]));
      if (from != null ? byNumber.size > 0 : byNumber.size === 0)
        throw refused('from', 'Give either a moment to replay from, or offsets of single partitions.');
      if (from == null) await requirePlaces(store, byNumber);
      const places = from == null ? byNumber : await placesSince(store, from);
      await edit(id, async (tx, found) => {
        await forgetRetriesFrom(store, tx, id, places);
        await savePositions(tx, id, found.state === 'gap' ? places : await notAhead(store, tx, id, places));
        return { ...found, epoch: found.epoch + 1, ...(found.state === 'gap' && healthy(store.clock())) };
      });
    },
  };
}

function trying({ store, sender, answers }: AdminOptions): Pick<WebhookAdmin, 'test'> {
  return {
    async test(id) {
      const endpoint = (await loadEndpoints(readerOf(store))).find((each) => each.id === id);
      if (!endpoint) throw noEndpoint(id);
      const now = store.clock();
      const secrets = await loadSecrets(store, id, now);
      const { taken, status, error, latencyMs } = await sender.send(
        { url: endpoint.url, secrets },
        testMessage(`test:${randomUUID()}`, id, now),
        now,
      );
      if (taken) answers(id);
      return { taken, status, error, latencyMs };
    },
  };
}

async function rotate(store: Store, edit: Edit, id: string, keepHours: number): Promise<NewSecret> {
  if (!(keepHours >= 0 && keepHours <= LONGEST_KEEP_HOURS))
    throw refused('keepOldHours', `keepOldHours is ${keepHours}; it must be a number from 0 to ${LONGEST_KEEP_HOURS}.`);
  const secret = newSecret();
  await edit(id, async (tx, found) => {
    const now = store.clock();
    const until = now + keepHours * 3600_000;
    const [first, second, third, fourth] = [1, 2, 3, 4].map((each) => store.placeholder(each));
    await tx.run(`delete from webhook_secret where endpoint = ${first} and valid_until <= ${second}`, [id, now]);
    await tx.run(
      `update webhook_secret set valid_until = ${first} where endpoint = ${second} and (valid_until is null or valid_until > ${third})`,
      [until, id, until],
    );
    if (keepHours === 0) await tx.run(`delete from webhook_secret where endpoint = ${first}`, [id]);
    await tx.run(
      `insert into webhook_secret (endpoint, secret, created_at, valid_until) values (${first}, ${second}, ${third}, ${fourth})`,
      [id, secret, await afterOthers(store, tx, id, now), null],
    );
    return found;
  });
  return { id, secret };
}

async function remove({ store, changed }: AdminOptions, id: string): Promise<void> {
  await store.write(async (tx) => {
    if (!(await lockEndpoint(tx, id))) throw noEndpoint(id);
    await tx.deleteIn('webhook_endpoint', ENDPOINT_KEY, [[id]]);
    for (const table of ['webhook_secret', 'webhook_retry', 'webhook_delivery'] as const)
      await tx.deleteIn(table, hubColumns(table, 'endpoint'), [[id]]);
    await tx.deleteIn('log_position', hubColumns('log_position', 'reader'), [[readerName(id)]]);
  });
  await changed();
}

async function saveSecret(tx: WriteTx, id: string, secret: string, now: number): Promise<void> {
  await tx.insert('webhook_secret', hubColumns('webhook_secret'), [[id, secret, now, null]]);
}

/** Two rotations within a millisecond still have an order. */
async function afterOthers(store: Store, tx: WriteTx, id: string, now: number): Promise<number> {
  const [row] = await tx.all(`select max(created_at) from webhook_secret where endpoint = ${store.placeholder(1)}`, [
    id,
  ]);
  return Math.max(now, Number(row?.[0] ?? 0) + 1);
}

/** What waits is tried at once, as if it had never failed. */
async function retryNow(store: Store, tx: WriteTx, id: string): Promise<void> {
  await tx.run(
    `update webhook_retry set attempts = 0, failed_at = null, next_at = ${store.placeholder(1)} where endpoint = ${store.placeholder(2)}`,
    [store.clock(), id],
  );
}

/** Replayed events come again by the log; what waits from before them stays, and stays in front. */
async function forgetRetriesFrom(store: Store, tx: WriteTx, id: string, places: ReadonlyMap<number, number>) {
  const parameter = (position: number) => store.placeholder(position);
  for (const [partition, offset] of places) {
    await tx.run(
      `delete from webhook_retry where endpoint = ${parameter(1)} and "partition" = ${parameter(2)} and "offset" >= ${parameter(3)}`,
      [id, partition, offset],
    );
  }
  await retryNow(store, tx, id);
}

/** An endpoint that has not come as far as the moment stays where it is: nothing is left out by a replay. */
async function notAhead(store: Store, tx: WriteTx, id: string, places: ReadonlyMap<number, number>) {
  const positions = await loadPositions((sql, params) => tx.all(sql, params), store, id);
  return [...places]
    .map(([partition, offset]) => [partition, offset] as const)
    .filter(([partition, offset]) => offset < (positions.get(partition) ?? 0) || !positions.has(partition));
}

async function skipGap(store: Store, tx: WriteTx, id: string): Promise<void> {
  const positions = await loadPositions((sql, params) => tx.all(sql, params), store, id);
  const ends = await logEnds(store);
  const moved: [number, number][] = [];
  for (const [partition, offset] of positions) {
    const kept = (await oldestKept(store, partition))?.offset ?? ends.get(partition) ?? 0;
    if (kept > offset) moved.push([partition, kept]);
  }
  await savePositions(tx, id, moved);
}

function noEndpoint(id: string): NotFoundError {
  return new NotFoundError(`There is no webhook endpoint ${id}.`);
}
