import { hubColumns, type Row, type WriteTx } from '#store';
import { type HeldRecord, judge, type Verdict } from './order-of-reads.ts';
import { type PreparedRecord, type StoredValue, withHeldParts } from './prepare.ts';

/** A source record whose content is another one now. */
export interface SourceChange {
  readonly id: number;
  readonly isNew: boolean;
  /** The key was given to another thing: it needs ids of its own. */
  readonly isAgain: boolean;
  readonly wasLiving: boolean;
  readonly record: PreparedRecord;
}

/** A page's records, judged. */
export interface JudgedRecords {
  readonly changes: readonly SourceChange[];
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** Writes `observed_record`; ids come first. */
  write(tx: WriteTx): Promise<void>;
}

export interface ReadingPage {
  readonly connection: string;
  readonly stream: string;
  readonly startedAt: number;
  readonly seenAt: number;
  readonly isOrdered: boolean;
  readonly byId: boolean;
}

interface Held extends HeldRecord {
  readonly id: number;
  readonly mapped: string | null;
}

interface Current {
  readonly stored: Held | undefined;
  now: HeldRecord | undefined;
  record: PreparedRecord | undefined;
  isAgain: boolean;
  isSeen: boolean;
}

const NAME = hubColumns('observed_record', 'connection', 'stream', 'source_id');
const HELD = ['source_id', 'id', 'hash', 'version', 'created_at', 'read_started_at', 'deleted'];

/** Compares a page with what is held. A key that comes twice in a page is judged twice, in order. */
export async function judgeRecords(
  tx: WriteTx,
  page: ReadingPage,
  records: readonly PreparedRecord[],
): Promise<JudgedRecords> {
  const held = await readHeld(tx, page, records);
  const current = new Map<string, Current>();
  const verdicts = { create: 0, change: 0, again: 0, goneBack: 0, delete: 0, unchanged: 0, stale: 0 };
  for (const incoming of records) {
    const stored = held.get(incoming.sourceId);
    const state = current.get(incoming.sourceId) ?? {
      stored,
      now: stored,
      record: undefined,
      isAgain: false,
      isSeen: false,
    };
    current.set(incoming.sourceId, state);
    const record = incoming.needsHeld ? withHeldParts(incoming, heldValues(state)) : incoming;
    const read = { ...record, readStartedAt: page.startedAt, byId: page.byId };
    const verdict = judge(state.now, read, page.isOrdered);
    verdicts[verdict === 'delete' && (state.now?.deleted ?? true) ? 'unchanged' : verdict] += 1;
    if (verdict === 'stale') continue;
    const isStampMoved = !page.isOrdered || state.now?.version !== read.version;
    if (verdict === 'unchanged') state.isSeen ||= isStampMoved;
    else {
      state.record = record;
      state.isAgain ||= verdict === 'again';
    }
    state.now = nowHeld(state.now, record, page, verdict);
  }
  return judged(tx, page, current, verdicts);
}

function heldValues(state: Current): readonly StoredValue[] {
  if (state.record) return state.record.mapped;
  const text = state.stored?.mapped;
  return text ? (JSON.parse(text) as StoredValue[]) : [];
}

/** A deletion that a sweep found has no stamps of its own. */
function nowHeld(
  held: HeldRecord | undefined,
  record: PreparedRecord,
  page: ReadingPage,
  verdict: Verdict,
): HeldRecord {
  return {
    hash: verdict === 'unchanged' ? (held?.hash ?? '') : record.hash,
    version: record.version ?? held?.version ?? null,
    createdAt: record.createdAt ?? held?.createdAt ?? null,
    readStartedAt: Math.max(page.startedAt, verdict === 'unchanged' ? (held?.readStartedAt ?? 0) : 0),
    deleted: record.deleted,
  };
}

async function readHeld(
  tx: WriteTx,
  page: ReadingPage,
  records: readonly PreparedRecord[],
): Promise<ReadonlyMap<string, Held>> {
  const held = new Map<string, Held>();
  const read = async (columns: readonly string[], ids: ReadonlySet<string>) => {
    const names = [...ids].map((sourceId): Row => [page.connection, page.stream, sourceId]);
    for (const row of await tx.selectIn('observed_record', columns, NAME, names))
      held.set(String(row[0]), fromRow(row));
  };
  const whole = new Set(records.filter(({ needsHeld }) => needsHeld).map(({ sourceId }) => sourceId));
  await read([...HELD, 'mapped'], whole);
  await read(HELD, new Set(records.map(({ sourceId }) => sourceId).filter((sourceId) => !whole.has(sourceId))));
  return held;
}

function fromRow(row: Row): Held {
  const stamp = (value: Row[number] | undefined) => (value === null || value === undefined ? null : Number(value));
  return {
    id: Number(row[1]),
    hash: String(row[2]),
    version: stamp(row[3]),
    createdAt: stamp(row[4]),
    readStartedAt: Number(row[5]),
    deleted: Number(row[6]) === 1,
    mapped: typeof row[7] === 'string' ? row[7] : null,
  };
}

async function judged(
  tx: WriteTx,
  page: ReadingPage,
  current: ReadonlyMap<string, Current>,
  verdicts: Readonly<Record<Verdict, number>>,
): Promise<JudgedRecords> {
  const changed = [...current.values()].filter(({ record }) => record !== undefined);
  const numbers = await tx.allocate('observed_record', changed.filter(({ stored }) => !stored).length);
  let next = 0;
  const inserted: Row[] = [];
  const updated: Row[] = [];
  const changes: SourceChange[] = [];
  for (const { stored, now, record, isAgain } of changed) {
    if (!record || !now) continue;
    const id = stored?.id ?? numbers[next++] ?? 0;
    const values = [now.hash, now.version, now.createdAt, now.readStartedAt, page.seenAt, now.deleted ? 1 : 0];
    const mapped = now.deleted ? null : record.text;
    if (stored) updated.push([id, ...values, mapped]);
    else inserted.push([id, page.connection, page.stream, record.sourceId, ...values, mapped]);
    const wasLiving = stored !== undefined && !stored.deleted;
    changes.push({ id, isNew: !stored, isAgain: isAgain && wasHeld(stored), wasLiving, record });
  }
  const seen = [...current.values()].flatMap(({ stored, now, record, isSeen }): Row[] =>
    stored && now && !record && isSeen ? [[stored.id, now.version, now.readStartedAt, page.seenAt]] : [],
  );
  return {
    changes,
    verdicts,
    async write(tx) {
      const id = hubColumns('observed_record', 'id');
      await tx.insert('observed_record', hubColumns('observed_record'), inserted);
      await tx.updateIn('observed_record', id, CONTENT, updated);
      await tx.updateIn('observed_record', id, STAMPS, seen);
    },
  };
}

const wasHeld = (stored: Held | undefined) => stored !== undefined;
const STAMPS = hubColumns('observed_record', 'version', 'read_started_at', 'seen_at');
const CONTENT = hubColumns(
  'observed_record',
  'hash',
  'version',
  'created_at',
  'read_started_at',
  'seen_at',
  'deleted',
  'mapped',
);
