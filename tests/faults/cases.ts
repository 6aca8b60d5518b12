/**
 * The faults that people who run such systems met, and where each is injected. A case that no part of the product
 * reaches yet says why; it is never counted as passed. `cases.test.ts` holds that this list is whole and true.
 */
export interface FaultCase {
  readonly id: number;
  readonly inject: string;
  readonly mustHold: string;
  /** Test files, each with words of the name of a test in it. */
  readonly reachedBy: readonly (readonly [file: string, test: string])[];
  /** What of it is not reached, and why. Where nothing is, `reachedBy` is empty. */
  readonly notYet?: string;
}

/** All cases of the suite, 1 to this, and the soak beside them. */
export const LAST_CASE = 42;
export const SOAK = 43;

const CAPTURE = 'tests/scenarios/capture.test.ts';
const HTTP = 'tests/scenarios/capture-http.test.ts';
const OBSERVE = 'tests/scenarios/observe.test.ts';
const CONSUME = 'src/consume/consume.test.ts';
const CONSUME_KAFKA = 'tests/scenarios/consume-kafka.test.ts';
const TOPICS = 'tests/scenarios/topics-faults.test.ts';
const WEBHOOKS = 'tests/scenarios/webhooks.test.ts';
const NO_WRITES = 'The hub does not write to systems yet.';

export const CASES: readonly FaultCase[] = [
  {
    ...{
      id: 1,
      inject: 'kill -9 after a write to a system, before its note',
      mustHold: 'one effect, found by a probe',
    },
    ...{ reachedBy: [], notYet: NO_WRITES },
  },
  {
    ...{
      id: 2,
      inject: 'kill -9 after the commit to the database, before that to Kafka',
      mustHold: 'nothing applied twice',
    },
    reachedBy: [
      ['tests/scenarios/consume-postgres.test.ts', 'does each change once'],
      ['tests/scenarios/capture-kill.test.ts', 'capture loses nothing and does nothing twice'],
    ],
  },
  {
    ...{
      id: 3,
      inject: 'kill -9 between outbox and send, and between send and mark',
      mustHold: 'sent, under the same id',
    },
    reachedBy: [
      ['tests/faults/killed-hub.test.ts', 'between outbox and send'],
      ['tests/faults/killed-hub.test.ts', 'between send and mark'],
      ['tests/faults/killed-hub.test.ts', 'again and again'],
    ],
  },
  {
    ...{ id: 4, inject: 'an event delivered three times, interleaved', mustHold: 'one effect' },
    reachedBy: [[CONSUME, 'duplicates take effect once']],
  },
  {
    ...{ id: 5, inject: 'a later version before an earlier one', mustHold: 'the later one stays' },
    reachedBy: [
      [CONSUME, 'what comes after what is newer is dropped'],
      [OBSERVE, 'a lower version loses'],
    ],
  },
  {
    ...{
      id: 6,
      inject: 'a message that cannot be handled',
      mustHold: 'kept with its bytes, its key waits, others flow',
    },
    reachedBy: [
      [CONSUME, 'an event that keeps failing is parked'],
      [CONSUME_KAFKA, 'poison is kept byte by byte'],
      [WEBHOOKS, 'a key that is refused waits'],
    ],
  },
  {
    ...{ id: 7, inject: 'a storm of such messages', mustHold: 'a pause before much is parked, no offset lost' },
    reachedBy: [
      [CONSUME, 'a storm pauses everything'],
      [CAPTURE, 'a storm of broken records stops the stream'],
    ],
  },
  {
    ...{ id: 8, inject: 'the target down for long', mustHold: 'waits, bounded, drains in order' },
    reachedBy: [
      [CONSUME, 'a target that is down is waited for'],
      [WEBHOOKS, 'a receiver that is down gets everything in order'],
      [HTTP, 'closes when the system is back'],
    ],
  },
  {
    ...{
      id: 9,
      inject: '429 with and without Retry-After, by the second and by the day',
      mustHold: 'one bucket obeys',
    },
    reachedBy: [
      [HTTP, '429 without Retry-After'],
      [HTTP, '429 with a long wait'],
      [HTTP, 'pauses background work at 80 %'],
    ],
  },
  {
    ...{ id: 10, inject: '429 while the session expires', mustHold: 'the login is looked at before each attempt' },
    reachedBy: [[HTTP, '429 while the session expires']],
  },
  {
    ...{ id: 11, inject: 'a session that ends within a page', mustHold: 'one renewal, the page again, no gap' },
    reachedBy: [[HTTP, '401 once']],
  },
  {
    ...{ id: 12, inject: 'five at once renew a login that can be renewed once', mustHold: 'one renewal' },
    reachedBy: [[HTTP, '401 for many calls at once']],
    notYet: 'No connector has refresh tokens that are used up: keeping a rotated one is not tested.',
  },
  {
    ...{ id: 13, inject: 'the login is revoked', mustHold: 'a pause, nothing lost, on from the checkpoint' },
    reachedBy: [[CAPTURE, 'a refused login pauses the connection']],
  },
  {
    ...{ id: 14, inject: 'clocks ten minutes apart', mustHold: 'nothing missed' },
    reachedBy: [[CAPTURE, 'a system clock that is']],
  },
  {
    ...{ id: 15, inject: '500 rows of one stamp across a page edge', mustHold: 'all captured once' },
    reachedBy: [[CAPTURE, '500 rows of one stamp']],
  },
  {
    ...{ id: 16, inject: 'a row committed late with an older stamp', mustHold: 'found by overlap or sweep' },
    reachedBy: [[CAPTURE, 'a row committed late']],
  },
  {
    ...{ id: 17, inject: 'rows come and go between two pages', mustHold: 'nothing missed' },
    reachedBy: [
      [CAPTURE, 'sees what changed while the snapshot was read'],
      [CAPTURE, 'a page that repeats stops the stream'],
    ],
  },
  {
    ...{ id: 18, inject: 'stamps cut to seconds', mustHold: 'nothing missed, no loop' },
    reachedBy: [[CAPTURE, 'a stamp of whole seconds']],
  },
  {
    ...{ id: 19, inject: 'a hard delete that changes do not show', mustHold: 'a sweep tells, after a 404' },
    reachedBy: [[CAPTURE, 'a hard delete is found by a sweep']],
  },
  {
    ...{ id: 20, inject: 'a sweep that breaks off, or an empty list', mustHold: 'nothing deleted' },
    reachedBy: [
      [CAPTURE, 'a sweep that is aborted half-way'],
      [CAPTURE, 'an empty list deletes nothing'],
    ],
  },
  {
    ...{ id: 21, inject: 'a third really deleted', mustHold: 'held for a person, then applied' },
    reachedBy: [[CAPTURE, 'a mass delete is held']],
  },
  {
    ...{ id: 22, inject: 'deleted, and there again', mustHold: 'a new version or a new record, history kept' },
    reachedBy: [
      [OBSERVE, 'the same key with another creation stamp'],
      [OBSERVE, 'only a read that began later than a deletion revives'],
    ],
  },
  {
    ...{ id: 23, inject: 'a position that the system has forgotten', mustHold: 'a gap, read again, never a leap' },
    reachedBy: [[CAPTURE, 'a token that the system forgot']],
  },
  {
    ...{ id: 24, inject: 'an event without the fields that did not change', mustHold: 'unknown is not null' },
    reachedBy: [[OBSERVE, 'a field that nobody owns']],
    notYet: 'No connector reads a change stream that leaves fields out.',
  },
  {
    ...{ id: 25, inject: 'one event for many records, or an overflow', mustHold: 'all are read again' },
    ...{ reachedBy: [], notYet: 'No connector reads a stream of such events; pushes are hints to read.' },
  },
  {
    ...{ id: 26, inject: 'the schema grows in mid-stream', mustHold: 'applied, old consumers go on' },
    reachedBy: [[CAPTURE, 'another mapping reads everything again']],
  },
  {
    ...{ id: 27, inject: 'the schema breaks', mustHold: 'that stream stops, others run' },
    reachedBy: [[CAPTURE, 'a page that repeats stops the stream']],
    notYet: 'A changed type or key is seen as records that cannot be mapped (7), not as a difference of schemas.',
  },
  {
    ...{
      id: 28,
      inject: 'brokers restarted, leaders moved, the controller gone',
      mustHold: 'nothing lost with acks -1',
    },
    reachedBy: [
      ['tests/faults/brokers.test.ts', 'a leader killed with a send under way'],
      ['tests/faults/brokers.test.ts', 'the controller killed and back'],
      [TOPICS, 'a killed broker comes back'],
    ],
  },
  {
    ...{ id: 29, inject: 'the answer to a send is lost, under load', mustHold: 'nothing lost, twice under one id' },
    reachedBy: [
      ['tests/faults/brokers.test.ts', 'lines cut under load %s the broker stores'],
      ['tests/faults/brokers.test.ts', 'the naive way, one send for partitions of several leaders'],
      [TOPICS, 'nothing is lost or out of order when the line is cut'],
      [TOPICS, 'the naive way loses acknowledged messages'],
    ],
  },
  {
    ...{
      id: 30,
      inject: 'a rebalance in mid-batch, a handler slower than the session',
      mustHold: 'a late one commits nothing',
    },
    reachedBy: [
      [CONSUME, 'who lost the partition commits nothing'],
      [CONSUME_KAFKA, 'a handler slower than the session'],
      [CONSUME_KAFKA, 'partitions move between members'],
    ],
  },
  {
    ...{ id: 31, inject: 'a consumer that is silently stuck', mustHold: 'built anew within a minute' },
    reachedBy: [[CONSUME_KAFKA, 'a consumer that is silently stuck']],
  },
  {
    ...{
      id: 32,
      inject: "a group's offsets deleted, or what it needs no longer kept",
      mustHold: 'own offsets, else a gap',
    },
    reachedBy: [
      ['tests/scenarios/consume-postgres.test.ts', 'does each change once'],
      [CONSUME_KAFKA, 'what the broker no longer keeps is told'],
    ],
  },
  {
    ...{ id: 33, inject: 'the line to PostgreSQL cut in a commit', mustHold: 'read again, nothing applied twice' },
    reachedBy: [
      ['tests/faults/lost-commits.test.ts', 'captured once'],
      ['tests/faults/lost-commits.test.ts', 'keeps its lines'],
      [CONSUME, 'a commit whose answer was lost'],
    ],
  },
  {
    ...{
      id: 34,
      inject: 'the database held, the disk full, a checkpoint that must wait',
      mustHold: 'a pause with its reason',
    },
    reachedBy: [
      ['tests/faults/disk.test.ts', 'a full disk'],
      ['tests/faults/disk.test.ts', 'another process'],
      ['tests/faults/disk.test.ts', 'a long reader'],
    ],
  },
  {
    ...{ id: 35, inject: 'two relays on one partition, one of them paused', mustHold: 'the late one marks nothing' },
    reachedBy: [
      ['tests/faults/paused-relay.test.ts', 'stopped between its check and its write'],
      [TOPICS, 'of two relays one publishes'],
    ],
    notYet:
      'A relay that wakes, writes its late batch and dies before its mark leaves late states until the keys change.',
  },
  {
    ...{ id: 36, inject: 'a bulk call that succeeds in part', mustHold: 'only the rest again' },
    ...{ reachedBy: [], notYet: NO_WRITES },
  },
  {
    ...{ id: 37, inject: 'a create that was done and never answered', mustHold: 'no second record' },
    ...{ reachedBy: [], notYet: NO_WRITES },
  },
  {
    ...{ id: 38, inject: 'both sides edit at once', mustHold: 'the policy decides, and tells' },
    ...{ reachedBy: [], notYet: NO_WRITES },
  },
  {
    ...{ id: 39, inject: 'the echo of an own write', mustHold: 'silence, but for what people did' },
    ...{ reachedBy: [], notYet: NO_WRITES },
  },
  {
    ...{ id: 40, inject: 'a ring of three that rounds', mustHold: 'it comes to rest' },
    ...{ reachedBy: [], notYet: NO_WRITES },
  },
  {
    ...{ id: 41, inject: 'one customer born in two systems; merged, and parted', mustHold: 'one id; both as before' },
    reachedBy: [
      [OBSERVE, 'a claim merges into the older id'],
      ['tests/scenarios/observe-order.test.ts', 'gives every key its own id back'],
    ],
  },
  {
    ...{ id: 42, inject: 'a thousand pushes, forged or old ones', mustHold: 'few reads, refused, once' },
    reachedBy: [['src/connections/push-receiver.test.ts', 'a hint costs one read at most']],
  },
  {
    ...{ id: SOAK, inject: 'kills and cuts at random while all goes on', mustHold: 'the oracle' },
    reachedBy: [
      ['tests/faults/random-run.test.ts', 'loses nothing'],
      ['tests/scenarios/capture-kill.test.ts', 'capture loses nothing and does nothing twice'],
      ['tests/scenarios/crash.test.ts', 'killed again and again'],
    ],
    notYet:
      'The long run edits through the store, not in three systems at once; the crash test does that without Kafka.',
  },
];
