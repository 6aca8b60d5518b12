import { randomUUID } from 'node:crypto';
import { hubColumns, type Row, type Store, type WriteTx } from '#store';
import type { HeldPartition } from './log-reader.ts';
import { jobsEnded } from './metrics.ts';

/**
 * `replay`: changes of a time once more. `state-rebuild`: the state of every record, and a null value for those that
 * are gone. `snapshot`: every record as an event, between two markers.
 */
export type TopicJobKind = 'replay' | 'state-rebuild' | 'snapshot';

/** Something to be told again, beside what changes meanwhile; done partition by partition by whoever holds them. */
export interface TopicJob {
  readonly id: string;
  readonly kind: TopicJobKind;
  /** Whose partitions it goes through: the relay's, or those of a group that reads the hub's own log. */
  readonly reader: string;
  /** Null: all of them. */
  readonly entity: string | null;
  /** Null: the topic that each message belongs to. */
  readonly topic: string | null;
  readonly from: number | null;
  readonly to: number | null;
  readonly state: 'running' | 'done' | 'failed';
  readonly error: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Messages told so far. */
  readonly told: number;
  readonly partitions: number;
  readonly partitionsDone: number;
}

/** How far a job is in one partition. */
export interface JobPart {
  readonly job: TopicJob;
  /** Null: not begun. */
  readonly position: string | null;
  /** Where it ends, in offsets. */
  readonly stop: number | null;
  readonly told: number;
}

export interface JobProgress {
  readonly position: string;
  readonly told: number;
  readonly isDone: boolean;
}

export interface NewJob extends Pick<TopicJob, 'kind' | 'reader' | 'entity' | 'topic' | 'from' | 'to'> {
  readonly parts: readonly {
    readonly partition: number;
    readonly position: string | null;
    readonly stop: number | null;
  }[];
}

const JOB = [
  'id',
  'kind',
  'reader',
  'entity',
  'topic',
  'from_at',
  'to_at',
  'state',
  'error',
  'created_at',
  'updated_at',
]
  .map((name) => `j.${name}`)
  .join(', ');
const COUNTS = `(select coalesce(sum(p.told), 0) from topic_job_part p where p.job = j.id),
  (select count(*) from topic_job_part p where p.job = j.id),
  (select count(*) from topic_job_part p where p.job = j.id and p.state = 'done')`;
const ID = hubColumns('topic_job', 'id');

export async function createJob(store: Store, job: NewJob): Promise<TopicJob> {
  const id = randomUUID();
  const now = store.clock();
  const { kind, reader, entity, topic, from, to, parts } = job;
  await store.write(async (tx) => {
    await tx.insert('topic_job', hubColumns('topic_job'), [
      [id, kind, reader, entity, topic, from, to, parts.length === 0 ? 'done' : 'running', null, now, now],
    ]);
    await tx.insert(
      'topic_job_part',
      hubColumns('topic_job_part'),
      parts.map(({ partition, position, stop }) => [id, partition, position, stop, 0, 'open']),
    );
  });
  const created = await findJob(store, id);
  if (!created) throw new Error(`The job ${id} is gone.`);
  return created;
}

export async function findJob(store: Store, id: string): Promise<TopicJob | undefined> {
  const [row] = await store.reader.all(
    `select ${JOB}, ${COUNTS} from topic_job j where j.id = ${store.placeholder(1)}`,
    [id],
  );
  return row && jobFromRow(row);
}

/** Newest first. */
export async function listJobs(store: Store, limit = 20): Promise<readonly TopicJob[]> {
  const rows = await store.reader.all(
    `select ${JOB}, ${COUNTS} from topic_job j order by j.created_at desc, j.id limit ${store.placeholder(1)}`,
    [limit],
  );
  return rows.map(jobFromRow);
}

/** Partitions where a reader has something to tell again. */
export async function partitionsDue(store: Store, reader: string): Promise<readonly number[]> {
  const rows = await store.reader.all(
    `select distinct p."partition" from topic_job j join topic_job_part p on p.job = j.id
      where j.state = 'running' and j.reader = ${store.placeholder(1)} and p.state = 'open'`,
    [reader],
  );
  return rows.map(([partition]) => Number(partition));
}

/** The oldest job that is not done in a partition. */
export async function nextPart(store: Store, reader: string, partition: number): Promise<JobPart | undefined> {
  const [row] = await store.reader.all(
    `select ${JOB}, 0, 0, 0, p.position, p.stop, p.told from topic_job j join topic_job_part p on p.job = j.id
      where j.state = 'running' and j.reader = ${store.placeholder(1)} and p."partition" = ${store.placeholder(2)}
        and p.state = 'open' order by j.created_at, j.id limit 1`,
    [reader, partition],
  );
  if (!row) return undefined;
  return {
    job: jobFromRow(row),
    position: row[14] == null ? null : String(row[14]),
    stop: row[15] == null ? null : Number(row[15]),
    told: Number(row[16]),
  };
}

/** In the transaction that finds the partition still held. */
export async function saveProgress(
  tx: WriteTx,
  { job, told }: JobPart,
  { partition }: HeldPartition,
  progress: JobProgress,
  now: number,
): Promise<void> {
  await tx.lockIn('topic_job', ['id'], ID, [[job.id]]);
  await tx.updateIn(
    'topic_job_part',
    hubColumns('topic_job_part', 'job', 'partition'),
    hubColumns('topic_job_part', 'position', 'told', 'state'),
    [[job.id, partition, progress.position, told + progress.told, progress.isDone ? 'done' : 'open']],
  );
  const open = await tx.selectIn('topic_job_part', ['state'], hubColumns('topic_job_part', 'job', 'state'), [
    [job.id, 'open'],
  ]);
  const state = open.length === 0 ? 'done' : 'running';
  await tx.updateIn('topic_job', ID, hubColumns('topic_job', 'state', 'updated_at'), [[job.id, state, now]]);
  if (state === 'done') jobsEnded.inc({ kind: job.kind, outcome: 'done' });
}

export async function failJob(tx: WriteTx, { id, kind }: TopicJob, message: string, now: number): Promise<void> {
  await tx.updateIn('topic_job', ID, hubColumns('topic_job', 'state', 'error', 'updated_at'), [
    [id, 'failed', message, now],
  ]);
  jobsEnded.inc({ kind, outcome: 'failed' });
}

function jobFromRow(row: Row): TopicJob {
  const text = (value: Row[number] | undefined) => (value == null ? null : String(value));
  const number = (value: Row[number] | undefined) => (value == null ? null : Number(value));
  return {
    id: String(row[0]),
    kind: String(row[1]) as TopicJobKind,
    reader: String(row[2]),
    entity: text(row[3]),
    topic: text(row[4]),
    from: number(row[5]),
    to: number(row[6]),
    state: String(row[7]) as TopicJob['state'],
    error: text(row[8]),
    createdAt: Number(row[9]),
    updatedAt: Number(row[10]),
    told: Number(row[11]),
    partitions: Number(row[12]),
    partitionsDone: Number(row[13]),
  };
}
