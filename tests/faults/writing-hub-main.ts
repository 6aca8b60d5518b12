/**
 * A hub's writing side and its relay in a process of their own, made to be killed: `node writing-hub-main.ts <plan>`.
 * It says each page that it knows to be committed. SIGHUP ends the writing, SIGTERM everything; after SIGUSR2 the
 * process stops, as by SIGSTOP, at the moment when it would next hand messages for Kafka to a socket.
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createEnvelope, openKafka, startRelay } from '#events';
import { openWorld, type Seen } from '../scenarios/observe-world.ts';
import { seeded } from './seeded.ts';
import type { WritingPlan } from './writing-hub.ts';

const PRODUCE = 0;
const plan = JSON.parse(process.argv[2]!) as WritingPlan;
const random = seeded(plan.seed);
const say = (line: string) => writeSync(1, `${line}\n`);

let isPauseAsked = false;
process.on('SIGUSR2', () => {
  isPauseAsked = true;
});
process.on('SIGCONT', () => {
  isPauseAsked = false;
});
const write = Socket.prototype.write;
Socket.prototype.write = function pausing(this: Socket, ...args: Parameters<typeof write>) {
  const [chunk] = args as readonly unknown[];
  if (isPauseAsked && Buffer.isBuffer(chunk) && chunk.length > 6 && chunk.readInt16BE(4) === PRODUCE) {
    isPauseAsked = false;
    process.kill(process.pid, 'SIGSTOP');
  }
  return write.apply(this, args);
} as typeof write;

const world = await openWorld(plan.place);
const envelope = createEnvelope(world.store.layout.model, world.store.incarnation, {
  prefix: plan.prefix,
  personal: {},
});
const onError = (error: unknown) => void say(`error ${error instanceof Error ? error.message : String(error)}`);
const transport = await openKafka({
  brokers: plan.brokers,
  clientId: plan.writer,
  topics: envelope.topics,
  replication: undefined,
  retentionDays: 7,
  onTrouble: onError,
});
const relay = await startRelay({ store: world.store, envelope, transport, onError, pollMs: 20, leaseMs: plan.leaseMs });
say('ready');

let isWriting = plan.pageEveryMs > 0;
process.on('SIGHUP', () => {
  isWriting = false;
});
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());

/** Customers are changed, now and then deleted or born again, and joined with one another and parted by accounts. */
function page(version: number): { readonly stream: 'partner' | 'account'; readonly records: readonly Seen[] } {
  const stream = random.below(4) === 0 ? 'account' : 'partner';
  const numbers = new Set(Array.from({ length: plan.pageSize }, () => random.below(plan.records)));
  const partner = (number: number) => `${plan.writer}-${number}`;
  const records = [...numbers].map((number): Seen => {
    const key = partner(number);
    if (random.below(20) === 0) return { key, version, deleted: true };
    const name = `${plan.writer} ${version}`;
    if (stream === 'partner') {
      return { key, version, mapped: [{ entity: 'Customer', values: { number: key, name } }] };
    }
    const also = random.below(2) === 0 ? number : random.below(plan.records);
    const alsoKnownAs = [{ connection: 'erp', stream: 'partner', key: partner(also) }];
    return { key, version, mapped: [{ entity: 'Customer', values: { manager: name }, alsoKnownAs }] };
  });
  return { stream, records };
}

let version = 0;
while (!stopping.signal.aborted) {
  await wait(isWriting ? plan.pageEveryMs : 50, undefined, { signal: stopping.signal }).catch(() => {});
  if (!isWriting || stopping.signal.aborted) continue;
  version = Math.max(version + 1, Date.now());
  const { stream, records } = page(version);
  try {
    await world.see(stream === 'partner' ? 'erp' : 'crm', stream, ...records.map((each) => ({ ...each, at: version })));
    say(`committed ${stream} ${version} ${records.map(({ key }) => key).join()}`);
  } catch (error) {
    onError(error);
  }
}
await relay.stop();
await transport.close();
await world.close();
