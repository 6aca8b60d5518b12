import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { RejectedRecordError, TransientError } from '#sdk';
import { createFeed, type Feed, told } from '../../tests/support/feed-source.ts';
import { until } from '../../tests/support/until.ts';
import { joinPostgres, missingPart, type PostgresServer } from '../../tests/systems/postgres/index.ts';
import { type ConsumeOptions, type Consumer, consume } from './consume.ts';
import type { ConsumedEvent } from './event.ts';
import { fileLedger } from './file-ledger.ts';
import type { Ledger } from './ledger.ts';
import { memoryLedger } from './memory-ledger.ts';
import type { ConsumerNotice } from './notices.ts';
import { POSTGRES_LEDGER_TABLES, type PostgresClient, postgresLedger } from './postgres-ledger.ts';

const PLACE = { topic: 'isthmus.changes.Customer', partition: 3 };

/** A ledger to start with, and the same one as a process after a restart finds it. */
interface Kept {
  ledger(): Promise<Ledger<unknown>>;
  again(): Promise<Ledger<unknown>>;
}

interface Running extends Consumer {
  readonly feed: Feed;
  /** `key sequence`, as they took effect. */
  readonly effects: string[];
  readonly notices: ConsumerNotice[];
}

type More = Partial<ConsumeOptions<'Customer', unknown>> & {
  readonly failing?: (event: ConsumedEvent<'Customer'>) => void;
};

async function run(ledger: Ledger<unknown>, { failing, ...more }: More = {}): Promise<Running> {
  const feed = createFeed();
  const effects: string[] = [];
  const notices: ConsumerNotice[] = [];
  const consumer = await consume<'Customer', unknown>({
    source: feed,
    entities: ['Customer'],
    ledger,
    longestWaitMs: 20,
    onNotice: (notice) => notices.push(notice),
    handle: (event) => {
      failing?.(event);
      effects.push(`${event.key} ${event.sequence}`);
    },
    ...more,
  });
  return { ...consumer, feed, effects, notices };
}

const kinds = ({ notices }: Running) => notices.map(({ kind }) => kind);

/** What every ledger gives a consumer. */
function contract(open: () => Promise<Kept>, isKept: boolean) {
  test('duplicates take effect once', async () => {
    const { ledger } = await open();
    const running = await run(await ledger());
    const { feed, effects } = running;
    const offsets = [1, 1, 2, 1, 2, 3, 2, 3, 3].map((sequence, offset) => told(offset, 'A', sequence));
    await feed.deliver(PLACE, offsets);
    expect(effects).toEqual(['A 1', 'A 2', 'A 3']);
    expect(running.stats()).toMatchObject({ handled: 3, known: 6, gaps: 0 });
    expect(feed.settled.get(3)).toEqual({ next: 9, forgettable: 9 });
  });

  test('what comes after what is newer is dropped, and the gap is told', async () => {
    const { ledger } = await open();
    const running = await run(await ledger());
    await running.feed.deliver(PLACE, [told(0, 'A', 1), told(1, 'A', 3), told(2, 'A', 2)]);
    expect(running.effects).toEqual(['A 1', 'A 3']);
    expect(running.stats()).toMatchObject({ handled: 2, known: 1, gaps: 1 });
    expect(running.notices).toContainEqual({ kind: 'gap', ...PLACE, key: 'A', from: 1, to: 3 });
  });

  test.each([
    ['no JSON', told(1, 'A', 2, { value: '{' }), 'invalid'],
    ['no change', told(1, 'A', 2, { value: '{"op":"update","changed":"name"}' }), 'invalid'],
    ['no text', { ...told(1, 'A', 2), value: null, bytes: Uint8Array.of(0xff, 0x00, 0xfe) }, 'invalid'],
    ['another version', told(1, 'A', 2, { headers: { ce_type: 'isthmus.Customer.changed.v2' } }), 'unknown'],
    ['another entity', told(1, 'A', 2, { headers: { ce_type: 'isthmus.Ship.changed.v1' } }), 'unknown'],
    ['refused by its handler', told(1, 'A', 2, { headers: { ce_origin: 'refused' } }), 'refused'],
  ] as const)('an event that is %s is parked as it came, its key waits, others go on', async (_, poison, reason) => {
    const { ledger } = await open();
    let isMended = false;
    const running = await run(await ledger(), {
      failing: ({ origin }) => {
        if (origin === 'refused' && !isMended) throw new RejectedRecordError('no such customer\0');
      },
    });
    const { feed, effects } = running;
    await feed.deliver(PLACE, [told(0, 'A', 1), poison, told(2, 'B', 1), told(3, 'A', 3), told(4, 'B', 2)]);
    expect(effects.filter((effect) => effect !== 'A 1')).toEqual(['B 1', 'B 2']);
    const parked = await running.parked();
    expect(parked.map(({ reason: why, message }) => [why, message.key, message.offset])).toEqual([
      [reason, 'A', 1],
      ['waiting', 'A', 3],
    ]);
    expect(parked[0]?.message.headers).toEqual(poison.headers);
    expect(parked[0]?.message.value).toBe(poison.value);
    if ('bytes' in poison && poison.bytes) expect([...(parked[0]?.message.bytes ?? [])]).toEqual([...poison.bytes]);
    expect(running.stats()).toMatchObject({ parked: 1, waiting: 1 });
    isMended = true;
    if (reason !== 'refused') {
      const { refused } = await running.release();
      expect(refused.map(({ event }) => event.message.offset)).toEqual([1]);
      expect(await running.parked()).toHaveLength(2);
      await running.discard(parked[0]!);
    }
    await running.release();
    expect(effects.slice(-2).filter((effect) => effect.startsWith('A'))).toEqual(
      reason === 'refused' ? ['A 2', 'A 3'] : ['A 3'],
    );
    expect(await running.parked()).toEqual([]);
    await feed.deliverOn(PLACE, [told(5, 'A', 4)]);
    expect(effects.at(-1)).toBe('A 4');
  });

  test('an event that keeps failing is parked after its attempts', async () => {
    const { ledger } = await open();
    let attempts = 0;
    const running = await run(await ledger(), {
      failing: ({ key }) => {
        if (key !== 'A') return;
        attempts += 1;
        throw new Error('a mistake');
      },
    });
    await running.feed.deliver(PLACE, [told(0, 'B', 1), told(1, 'A', 1), told(2, 'B', 2)]);
    expect(running.stats()).toMatchObject({ failures: 3, parked: 1 });
    expect(attempts).toBeGreaterThanOrEqual(3);
    expect([...new Set(running.effects)]).toEqual(['B 1', 'B 2']);
    expect(await running.parked()).toMatchObject([{ reason: 'refused', error: 'a mistake' }]);
  });

  test('a storm pauses everything before it parks too much, and nothing is lost', async () => {
    const { ledger } = await open();
    let isBroken = true;
    const running = await run(await ledger(), {
      maxParked: 10,
      failing: () => {
        if (isBroken) throw new RejectedRecordError('the schema broke');
      },
    });
    const messages = Array.from({ length: 50 }, (_, index) => told(index, `K${index}`, 1));
    const delivered = running.feed.deliver(PLACE, messages);
    await until('the pause', () => running.stats().isPaused);
    const other = running.feed.deliver({ ...PLACE, partition: 4 }, [told(0, 'Z', 1)]);
    expect(await running.parked()).toHaveLength(10);
    expect(running.feed.settled.get(3)?.next).toBe(10);
    isBroken = false;
    await Promise.all([delivered, other]);
    expect(kinds(running)).toEqual(expect.arrayContaining(['paused', 'resumed']));
    await running.release();
    expect(new Set(running.effects).size).toBe(51);
    expect(running.effects).toHaveLength(51);
  });

  test('a target that is down is waited for: nothing is parked, and all comes in order', async () => {
    const { ledger } = await open();
    let calls = 0;
    const running = await run(await ledger(), {
      failing: () => {
        calls += 1;
        if (calls <= 12) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
        if (calls <= 24) throw new TransientError('down');
      },
    });
    await running.feed.deliver(
      PLACE,
      [1, 2, 3].map((sequence, offset) => told(offset, 'A', sequence)),
    );
    expect(running.effects).toEqual(['A 1', 'A 2', 'A 3']);
    expect(running.stats()).toMatchObject({ failures: 24, parked: 0 });
  });

  test('after a restore of the hub its events count, and late ones of before do not', async () => {
    const { ledger } = await open();
    const running = await run(await ledger());
    const second = { incarnation: 'second' };
    await running.feed.deliver(PLACE, [
      ...[told(0, 'A', 7), told(1, 'A', 5, second), told(2, 'A', 8), told(3, 'B', 1)],
      ...[told(4, 'A', 6, second), told(5, 'B', 1, second)],
    ]);
    expect(running.effects).toEqual(['A 7', 'A 5', 'A 6', 'B 1']);
    expect(running.stats()).toMatchObject({ retired: 2, gaps: 0 });
    expect(running.notices).toContainEqual({ kind: 'incarnation', ...PLACE, from: 'first', to: 'second' });
  });

  test('a snapshot stands for what came before it', async () => {
    const { ledger } = await open();
    const markers: string[] = [];
    const running = await run(await ledger(), {
      onSnapshot: ({ kind, snapshot, count }) => void markers.push(`${kind} ${snapshot} ${count}`),
    });
    const whole = (offset: number, key: string, sequence: number) => {
      const { value, headers, ...message } = told(offset, key, sequence);
      const data = { ...JSON.parse(value ?? ''), op: 'snapshot' };
      return { ...message, value: JSON.stringify(data), headers: { ...headers, ce_id: `${headers.ce_id}:job` } };
    };
    const marker = (offset: number, kind: string) => ({
      ...{ key: '', offset, value: JSON.stringify({ snapshot: 'job', partition: 3, position: 0, count: 2 }) },
      headers: { ce_id: `first:job:3:${kind}`, ce_type: `isthmus.Customer.snapshot-${kind}.v1` },
    });
    await running.feed.deliver(PLACE, [
      ...[told(0, 'A', 1), marker(1, 'begun'), whole(2, 'A', 1), whole(3, 'B', 9), marker(4, 'ended')],
      ...[told(5, 'B', 8), told(6, 'B', 10)],
    ]);
    expect(running.effects).toEqual(['A 1', 'B 9', 'B 10']);
    expect(markers).toEqual(['begun job 2', 'ended job 2']);
    expect(running.stats()).toMatchObject({ gaps: 0, known: 2 });
  });

  test('who lost the partition commits nothing any more', async () => {
    const { ledger } = await open();
    const shared = await ledger();
    const [late, next] = [await run(shared), await run(shared)];
    await late.feed.deliver(PLACE, [told(0, 'A', 1)]);
    await next.feed.session.claim(PLACE);
    await expect(late.feed.deliverOn(PLACE, [told(1, 'A', 2)])).rejects.toMatchObject({ code: 'CONFLICT' });
    await next.feed.deliverOn(PLACE, [told(1, 'A', 2)]);
    expect([...late.effects, ...next.effects]).toEqual(['A 1', 'A 2']);
    expect(kinds(late)).toContain('lost');
  });

  test(isKept ? 'all is remembered after a restart' : 'what is parked comes again after a restart', async () => {
    const { ledger, again } = await open();
    const first = await run(await ledger());
    const messages = [told(0, 'A', 1), told(1, 'A', 2, { value: '{' }), told(2, 'A', 3), told(3, 'B', 1)];
    await first.feed.deliver(PLACE, messages);
    expect(first.feed.settled.get(3)).toEqual({ next: 4, forgettable: isKept ? 4 : 1 });
    const kept = await again();
    const second = await run(kept);
    await second.feed.deliver(PLACE, isKept ? messages : messages.slice(1));
    expect(second.effects).toEqual(isKept ? [] : ['B 1']);
    expect((await second.parked()).map(({ reason }) => reason)).toEqual(['invalid', 'waiting']);
    if (!isKept) return;
    await second.feed.deliverOn(PLACE, [told(4, 'A', 4), told(5, 'B', 1), told(6, 'B', 2)]);
    expect(second.effects).toEqual(['B 2']);
    await kept.beginAnew();
    await second.feed.deliver(PLACE, [...messages.slice(0, 1), told(7, 'B', 3)]);
    expect(second.effects).toEqual(['B 2', 'B 3']);
  });
}

describe('in memory', () => {
  contract(async () => ({ ledger: async () => memoryLedger(), again: async () => memoryLedger() }), false);
});

describe('in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-ledger-'));
  const opened: Ledger<unknown>[] = [];
  let files = 0;
  afterEach(async () => {
    for (const ledger of opened.splice(0)) await ledger.close?.();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  contract(async () => {
    files += 1;
    const file = join(folder, `${files}`, 'ledger.jsonl');
    const open = async () => {
      const ledger: Ledger<unknown> = await fileLedger(file);
      opened.push(ledger);
      return ledger;
    };
    return {
      ledger: open,
      again: async () => {
        await opened.pop()?.close?.();
        return await open();
      },
    };
  }, true);
});

function inPostgres() {
  let server: PostgresServer;
  let pool: pg.Pool;
  let names = 0;
  beforeAll(async () => {
    server = await joinPostgres();
    pool = new pg.Pool({ connectionString: await server.createDatabase(), max: 8 });
    pool.on('error', () => {});
    await pool.query(POSTGRES_LEDGER_TABLES);
    await pool.query('create table effect (consumer text, key text, sequence bigint)');
  }, 90_000);
  afterAll(async () => {
    await pool?.end();
    await server?.leave();
  });
  contract(async () => {
    names += 1;
    const name = `consumer ${names}`;
    const open = async () => postgresLedger(pool, { name }) as Ledger<unknown>;
    return { ledger: open, again: open };
  }, true);

  /** What is written by `context.tx`, with what is said about it when it is read back. */
  async function counted(name: string, more: Partial<ConsumeOptions<'Customer', pg.PoolClient>> = {}) {
    const feed = createFeed();
    const consumer = await consume<'Customer', pg.PoolClient>({
      source: feed,
      entities: ['Customer'],
      ledger: postgresLedger(pool, { name, stoppedAfterMs: 400 }),
      longestWaitMs: 20,
      handle: async ({ key, sequence }, { tx }) => {
        await tx.query('insert into effect values ($1, $2, $3)', [name, key, sequence]);
      },
      ...more,
    });
    const effects = async () => {
      const { rows } = await pool.query('select key, sequence from effect where consumer = $1', [name]);
      return rows.map((row) => `${row.key} ${row.sequence}`).toSorted();
    };
    return { feed, consumer, effects };
  }

  test('a slice that fails leaves nothing, and what was before the fault is done once', async () => {
    let failures = 0;
    const { feed, effects } = await counted('rolled back', {
      handle: async ({ key, sequence }, { tx }) => {
        await tx.query('insert into effect values ($1, $2, $3)', ['rolled back', key, sequence]);
        if (key === 'B' && failures++ < 2) await tx.query('select 1 / 0');
      },
    });
    await feed.deliver(PLACE, [told(0, 'A', 1), told(1, 'A', 2), told(2, 'B', 1), told(3, 'A', 3)]);
    expect(await effects()).toEqual(['A 1', 'A 2', 'A 3', 'B 1']);
  });

  test('a commit whose answer was lost is not done twice', async () => {
    let isArmed = false;
    const cutting = {
      async connect() {
        const client = await pool.connect();
        const query = async (text: string, values?: unknown[]) => {
          const answer = await client.query(text, values);
          if (text !== 'commit' || !isArmed) return answer;
          isArmed = false;
          throw Object.assign(new Error('Connection terminated'), { code: 'ECONNRESET' });
        };
        return { query, release: (destroy?: boolean) => client.release(destroy) };
      },
    };
    const name = 'unknown outcome';
    const ledger: Ledger<PostgresClient> = postgresLedger(cutting, { name });
    const feed = createFeed();
    const consumer = await consume<'Customer', PostgresClient>({
      source: feed,
      entities: ['Customer'],
      ledger,
      handle: async ({ key, sequence }, { tx }) => {
        await tx.query('insert into effect values ($1, $2, $3)', [name, key, sequence]);
      },
    });
    await feed.session.claim(PLACE);
    isArmed = true;
    await feed.deliverOn(PLACE, [told(0, 'A', 1), told(1, 'A', 2)]);
    const { rows } = await pool.query('select sequence from effect where consumer = $1 order by sequence', [name]);
    expect(rows.map(({ sequence }) => Number(sequence))).toEqual([1, 2]);
    expect(consumer.stats()).toMatchObject({ failures: 1 });
  });

  test('a member that stops inside its transaction does not hold the others', async () => {
    let wake = () => {};
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let isAsleep = false;
    const stopped = await counted('stopped', {
      handle: async ({ key, sequence }, { tx }) => {
        await tx.query('insert into effect values ($1, $2, $3)', ['stopped', key, sequence]);
        isAsleep = true;
        await asleep;
      },
    });
    const late = stopped.feed.deliver(PLACE, [told(0, 'A', 1)]);
    await until('the one that sleeps', () => isAsleep);
    const next = await counted('stopped');
    await next.feed.deliver(PLACE, [told(0, 'A', 1), told(1, 'A', 2)]);
    wake();
    await expect(late).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await next.effects()).toEqual(['A 1', 'A 2']);
    expect(stopped.consumer.stats()).toMatchObject({ handled: 0, lost: 1 });
  });
}

const missing = missingPart();
if (missing === undefined) describe('in PostgreSQL', inPostgres);
else {
  process.stdout.write(`SKIPPED a ledger in PostgreSQL: ${missing}\n`);
  test('in PostgreSQL', () => {
    if (process.env.ISTHMUS_REQUIRE_SYSTEMS === '1') throw new Error(`Missing: ${missing}`);
  });
}
