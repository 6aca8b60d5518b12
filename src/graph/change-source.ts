/** From the arguments of one subscription to the changes that it is told. */
import { type LogEvent, type LogTail, type LogVector, PARTITIONS, readResumeToken, writeResumeToken } from '#events';
import type { Entity } from '#model';
import { hasCode } from '#sdk';
import { compileChangeFilter, idsNamedBy, KeyedValues, type Predicate } from './change-filter.ts';
import { ChangeQueue } from './change-queue.ts';
import { refusal } from './errors.ts';
import type { FilterInput } from './filter.ts';
import type { Graph } from './graph.ts';
import { droppedSubscriptions } from './metrics.ts';

export interface ChangeArguments {
  readonly ids?: readonly string[] | null;
  readonly filter?: FilterInput | null;
  readonly from?: string | null;
}

/** While it catches up, a subscriber that takes nothing for so long is let go. */
const STALLED_MS = 30_000;

/** Throws what is wrong with the arguments, and `GONE`. */
export async function openChanges(
  graph: Graph,
  log: LogTail,
  entity: Entity,
  { ids, filter, from }: ChangeArguments,
): Promise<ChangeQueue> {
  const watched = ids ? await watchedIds(graph, ids) : undefined;
  const matches = filter ? await predicateOf(graph, entity, filter) : undefined;
  const isTold = ({ change }: LogEvent): boolean => {
    if (change.entity !== entity.name) return false;
    if (watched && !watched.has(change.canonicalId)) return false;
    if (change.op === 'merge' && change.otherId) watched?.add(change.otherId);
    return !matches || change.isReference || matchesAny(valuesOf(change), matches);
  };
  const start = from ? positionIn(graph, from) : await log.end();
  let stopFollowing = () => {};
  const queue = new ChangeQueue(graph.limits, start, () => stopFollowing());
  const dropSlow = () => {
    droppedSubscriptions.inc({ reason: 'slow_consumer' });
    queue.drop(slowConsumer(graph, queue.position));
  };
  const fail = (error: unknown) => {
    droppedSubscriptions.inc({ reason: hasCode(error, 'GONE') ? 'gone' : 'error' });
    queue.fail(shownGone(error));
  };
  const takeLive = (events: readonly LogEvent[]): void => {
    for (const event of events) {
      if (!isTold(event)) continue;
      if (queue.isFull) dropSlow();
      queue.add(event);
    }
  };
  const takeBehind = async (events: readonly LogEvent[]): Promise<void> => {
    for (const event of events) {
      if (!isTold(event)) continue;
      if (queue.isFull && !(await queue.room(STALLED_MS))) return dropSlow();
      queue.add(event);
    }
  };
  const follower = {
    deliver(events: readonly LogEvent[], isLive: boolean): void | Promise<void> {
      if (!isLive) return takeBehind(events).catch(fail);
      try {
        takeLive(events);
      } catch (error) {
        fail(error);
      }
    },
    fail,
  };
  stopFollowing = await log.follow(start, follower).catch((error) => {
    throw shownGone(error);
  });
  return queue;
}

export function tokenOf(graph: Graph, position: LogVector): string {
  return writeResumeToken(graph.store.incarnation, position);
}

const tokens = new WeakMap<LogEvent, string>();

/** Written once for all who are told the event. */
export function tokenBehind(graph: Graph, event: LogEvent): string {
  let token = tokens.get(event);
  if (token === undefined) {
    token = tokenOf(graph, event.after);
    tokens.set(event, token);
  }
  return token;
}

function positionIn(graph: Graph, token: string): LogVector {
  const read = readResumeToken(token, graph.store.incarnation, PARTITIONS);
  if (read.kind === 'position') return read.vector;
  if (read.kind === 'damaged')
    throw refusal('BAD_RESUME_TOKEN', 'from: this is no resume token; pass one on as it was given, whole.');
  throw refusal('GONE', `from: this token is of another log, from before a restore. ${AGAIN}`);
}

const AGAIN = 'Ask for `changesToken`, read the list anew, then subscribe from that token.';

function shownGone(error: unknown): unknown {
  if (!hasCode(error, 'GONE')) return error;
  const { oldest } = error.details;
  return refusal('GONE', `${error.message} ${AGAIN}`, { extensions: { oldest: oldest ?? null }, originalError: null });
}

function slowConsumer(graph: Graph, position: LogVector): Error {
  return refusal(
    'SLOW_CONSUMER',
    'Changes came faster than they were taken, and what waited grew too large. Subscribe again from `resumeToken`.',
    { extensions: { resumeToken: tokenOf(graph, position) } },
  );
}

async function watchedIds(graph: Graph, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) throw refusal('BAD_USER_INPUT', 'ids: name at least one, or leave it out for all.');
  if (ids.length > graph.limits.maxPageSize)
    throw refusal('BAD_USER_INPUT', `ids: at most ${graph.limits.maxPageSize}; use a filter, or follow all.`);
  const survivors = await survivorsOf(graph, ids);
  return new Set([...ids, ...survivors.values()]);
}

async function predicateOf(graph: Graph, entity: Entity, filter: FilterInput): Promise<Predicate> {
  const survivors = await survivorsOf(graph, idsNamedBy(entity, filter));
  return compileChangeFilter(graph.model, entity, filter, (id) => survivors.get(id) ?? id);
}

async function survivorsOf(graph: Graph, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const known = ids.filter((id) => !id.includes('\0'));
  if (known.length === 0) return new Map();
  const { syntax } = graph;
  const text = syntax.finish(
    `SELECT c.id, c.survivor FROM ${syntax.list('p')} CROSS JOIN canonical_id c WHERE c.id = p.value AND c.survivor IS NOT NULL`,
  );
  const rows = await graph.read(text, [JSON.stringify(known)]);
  return new Map(rows.map(([id, survivor]) => [id as string, survivor as string]));
}

function matchesAny(values: readonly KeyedValues[], matches: Predicate): boolean {
  for (const one of values) if (matches(one)) return true;
  return false;
}

const keyed = new WeakMap<object, readonly KeyedValues[]>();

/** Before and after, with what was worked out about them for others. */
function valuesOf(change: LogEvent['change']): readonly KeyedValues[] {
  let values = keyed.get(change);
  if (!values) {
    values = [change.before, change.after].filter((one) => one !== null).map((one) => new KeyedValues(one));
    keyed.set(change, values);
  }
  return values;
}
