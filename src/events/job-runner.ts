import { hasCode, NotSupportedError } from '#sdk';
import type { Store, WriteTx } from '#store';
import type { Envelope } from './envelope.ts';
import type { ReadStanding } from './golden-source.ts';
import { goneBefore } from './log-position.ts';
import type { HeldPartition } from './log-reader.ts';
import { standingAfter } from './standing-records.ts';
import { readChanges } from './stored-change.ts';
import { failJob, type JobPart, type JobProgress, nextPart, partitionsDue, saveProgress } from './topic-jobs.ts';
import type { EventMessage } from './transport.ts';

export interface JobRunnerOptions {
  readonly store: Store;
  readonly envelope: Envelope;
  /** Whose jobs. */
  readonly reader: string;
  /** Without it nothing can be told of records as they stand. */
  readonly readStanding?: ReadStanding;
  /** Hands messages of one partition on, in order; resolves once they cannot be lost any more. */
  readonly tell: (topic: string, messages: readonly EventMessage[], place: HeldPartition) => Promise<void>;
  /** In the transaction that found the partition lost: what these keys were told may be old by now. */
  readonly fenced?: (tx: WriteTx, partition: number, ids: readonly string[]) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

interface Step extends JobProgress {
  readonly ids?: readonly string[];
}

const CHANGES_AT_ONCE = 500;

/** Does what was asked to be told again, a small step at a time; what was saved survives a restart. */
export class JobRunner {
  readonly #options: JobRunnerOptions;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  due(): Promise<readonly number[]> {
    return partitionsDue(this.#options.store, this.#options.reader);
  }

  async run(place: HeldPartition): Promise<void> {
    const { store, reader, fenced, onError } = this.#options;
    const part = await nextPart(store, reader, place.partition);
    if (!part) return;
    try {
      const step = await this.#step(part, place);
      if (!step) return;
      await place.save(
        (tx) => saveProgress(tx, part, place, step, store.clock()),
        fenced && step.ids && ((tx) => fenced(tx, place.partition, step.ids ?? [])),
      );
    } catch (error) {
      if (!hasCode(error, 'GONE', 'CONFIG', 'NOT_SUPPORTED')) throw error;
      await place.save((tx) => failJob(tx, part.job, error.message, store.clock()));
      onError(error);
    }
  }

  /** Undefined: it has to wait for the changes before it. */
  #step(part: JobPart, place: HeldPartition): Promise<Step | undefined> {
    switch (part.job.kind) {
      case 'replay':
        return this.#replay(part, place);
      case 'state-rebuild':
        return this.#rebuildStates(part, place);
      case 'snapshot':
        return this.#snapshot(part, place);
    }
  }

  /** Never ahead of what is told anyway. */
  async #replay({ job, position, stop }: JobPart, place: HeldPartition): Promise<Step | undefined> {
    const { store, envelope } = this.#options;
    const from = Number(position);
    const end = Math.min(stop ?? 0, place.offset);
    if (from >= (stop ?? 0)) return { position: String(from), told: 0, isDone: true };
    if (from >= end) return undefined;
    const changes = await readChanges(store, place.partition, from, Math.min(CHANGES_AT_ONCE, end - from));
    if (changes[0]?.offset !== from)
      throw goneBefore(`replay ${job.id}`, place.partition, changes[0]?.at ?? store.clock());
    const byTopic = new Map<string, EventMessage[]>();
    for (const change of changes) {
      const isWanted =
        (job.entity === null || change.entity === job.entity) &&
        change.at >= (job.from ?? 0) &&
        change.at <= (job.to ?? Number.MAX_SAFE_INTEGER);
      if (!isWanted) continue;
      for (const version of job.topic === null ? envelope.versions(change.entity) : [undefined]) {
        const message = envelope.change(change, version);
        const topic = job.topic ?? envelope.topic('changes', change.entity, version);
        if (message) byTopic.set(topic, [...(byTopic.get(topic) ?? []), message]);
      }
    }
    let told = 0;
    for (const [topic, messages] of byTopic) {
      await this.#options.tell(topic, messages, place);
      told += messages.length;
    }
    const next = from + changes.length;
    return { position: String(next), told, isDone: next >= (stop ?? 0) };
  }

  async #rebuildStates({ job, position }: JobPart, place: HeldPartition): Promise<Step> {
    const { envelope } = this.#options;
    const { standing, last } = await this.#standing(job, position, place);
    const byTopic = new Map<string, EventMessage[]>();
    for (const change of standing) {
      for (const version of envelope.versions(change.entity)) {
        const message = envelope.state(change, version);
        const topic = envelope.topic('state', change.entity, version);
        if (message) byTopic.set(topic, [...(byTopic.get(topic) ?? []), message]);
      }
    }
    for (const [topic, messages] of byTopic) await this.#options.tell(topic, messages, place);
    const ids = standing.map(({ canonicalId }) => canonicalId);
    return { position: last ?? position ?? '', told: standing.length, isDone: last === undefined, ids };
  }

  async #snapshot({ job, position, told }: JobPart, place: HeldPartition): Promise<Step> {
    const { store, envelope, tell } = this.#options;
    const entity = job.entity ?? '';
    const topic = job.topic ?? envelope.topic('changes', entity);
    const marker = { snapshot: job.id, partition: place.partition, position: place.offset };
    if (position === null) {
      await tell(topic, [envelope.marker('begun', entity, marker, store.clock())], place);
      return { position: '', told: 0, isDone: false };
    }
    const { standing, last } = await this.#standing(job, position, place);
    const living = standing.filter(({ op }) => op === 'snapshot');
    const messages = living.flatMap((change) => envelope.change(change) ?? []);
    if (messages.length > 0) await tell(topic, messages, place);
    if (last === undefined) {
      const end = { ...marker, count: told + messages.length };
      await tell(topic, [envelope.marker('ended', entity, end, store.clock())], place);
    }
    return { position: last ?? position, told: messages.length, isDone: last === undefined };
  }

  #standing(job: JobPart['job'], position: string | null, { partition }: HeldPartition) {
    const { store, envelope, readStanding } = this.#options;
    if (!readStanding) throw new NotSupportedError('Nothing here can read golden records as they stand.');
    const entities = new Set(job.entity === null ? envelope.topics.map(({ entity }) => entity) : [job.entity]);
    return standingAfter(store, readStanding, { job: job.id, entities, partition, after: position ?? '' });
  }
}
