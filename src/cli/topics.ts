/** `isthmus topics …`: what a running hub is asked to tell again. */
import { type Command, InvalidArgumentError } from 'commander';
import { NotFoundError, TransientError } from '#sdk';

interface Job {
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly error: string | null;
  readonly told: number;
  readonly partitions: number;
  readonly partitionsDone: number;
}

interface ParkedKey {
  readonly key: string;
  readonly entity: string;
  readonly topic: string | null;
  readonly reason: string;
  readonly at: string;
  readonly isReleasing: boolean;
}

interface Target {
  readonly url: string;
}

const JOB = 'id state error told partitions partitionsDone';
const PARKED = 'key entity topic reason at isReleasing';
const LOOK_EVERY_MS = 500;
const DEFAULT_URL = 'http://127.0.0.1:4000/graphql';

export function addTopicsCommands(program: Command): void {
  const topics = program.command('topics').description('have a running hub tell changes again, or see what waits');
  const command = (name: string, description: string) =>
    topics.command(name).description(description).option('--url <url>', "the hub's graph", DEFAULT_URL);
  command('replay', 'publish the changes of a time once more')
    .option('--entity <name>', 'whose changes; of a group: all that it reads')
    .requiredOption('--from <time>', 'such as 2026-11-01 or 2026-11-01T08:00:00Z', moment)
    .option('--to <time>', 'until now where it is not given', moment)
    .option('--topic <name>', "another topic than the entity's own; made where it is missing")
    .option('--group <name>', "a group that reads the hub's own log: it goes on with the first change since then")
    .action(replay);
  command('state-rebuild', 'publish the state of every record, and a null value for those that are gone')
    .option('--entity <name>', 'of one entity only')
    .action(({ url, entity }: Target & { entity?: string }) =>
      run(url, `mutation ($entity: String) { job: hubRebuildStates(entity: $entity) { ${JOB} } }`, { entity }),
    );
  command('snapshot', 'tell every record as it stands, between two markers in every partition')
    .requiredOption('--entity <name>', 'whose records')
    .option('--topic <name>', "another topic than the entity's topic of changes; made where it is missing")
    .option('--group <name>', "a group that reads the hub's own log: it alone is told")
    .action(({ url, ...request }: Target & { entity: string; topic?: string; group?: string }) =>
      run(
        url,
        `mutation ($entity: String!, $topic: String, $group: String) {
          job: hubSnapshotTopics(entity: $entity, topic: $topic, group: $group) { ${JOB} } }`,
        request,
      ),
    );
  command('parked', 'list the records whose changes wait, since the brokers refused one of them for good').action(
    parked,
  );
  command('release', 'publish what waits of parked records, after what was refused can be taken')
    .option('--key <id>', 'of one record only')
    .action(release);
}

interface ReplayOptions extends Target {
  readonly entity?: string;
  readonly from: string;
  readonly to?: string;
  readonly topic?: string;
  readonly group?: string;
}

async function replay({ url, group, ...request }: ReplayOptions): Promise<void> {
  if (group !== undefined) {
    const source = 'mutation ($group: String!, $from: DateTime!) { hubResetGroup(group: $group, from: $from) }';
    await ask(url, source, { group, from: request.from });
    console.log(`The group ${group} goes on with the first change since ${request.from}.`);
    return;
  }
  if (request.entity === undefined)
    throw new NotFoundError('Name whose changes with --entity, or a group with --group.');
  await run(
    url,
    `mutation ($entity: String!, $from: DateTime!, $to: DateTime, $topic: String) {
      job: hubReplayTopics(entity: $entity, from: $from, to: $to, topic: $topic) { ${JOB} } }`,
    request,
  );
}

async function parked({ url }: Target): Promise<void> {
  const keys = await parkedKeys(url);
  for (const { key, entity, topic, at, reason } of keys) console.log(`${key}  ${entity}  ${at}  ${topic}\n  ${reason}`);
  if (keys.length === 0) console.log('Nothing is parked.');
}

async function release({ url, key }: Target & { key?: string }): Promise<void> {
  const { released } = (await ask(url, 'mutation ($key: ID) { released: hubReleaseParked(key: $key) }', { key })) as {
    readonly released: number;
  };
  let left = await parkedKeys(url);
  while (left.some(({ isReleasing }) => isReleasing)) {
    await pause();
    left = await parkedKeys(url);
  }
  const refused = left.filter((each) => key === undefined || each.key === key);
  console.log(`Tried again: ${released}. Refused again: ${refused.length}.`);
  if (refused.length > 0) process.exitCode = 1;
}

async function parkedKeys(url: string): Promise<readonly ParkedKey[]> {
  const { keys } = (await ask(url, `{ keys: hubParkedKeys(first: 500) { ${PARKED} } }`)) as {
    readonly keys: readonly ParkedKey[];
  };
  return keys;
}

/** Asks for a job and shows how far it is until it ends. It goes on in the hub when this command is stopped. */
async function run(url: string, mutation: string, variables: object): Promise<void> {
  let { job } = (await ask(url, mutation, variables)) as { readonly job: Job };
  const look = `query ($id: ID!) { job: hubTopicJob(id: $id) { ${JOB} } }`;
  let shown = '';
  while (job.state === 'running') {
    const line = `${job.partitionsDone} of ${job.partitions} partitions, ${job.told} messages`;
    if (line !== shown) console.log(line);
    shown = line;
    await pause();
    ({ job } = (await ask(url, look, { id: job.id })) as { readonly job: Job });
  }
  if (job.state === 'failed') throw new TransientError(job.error ?? 'The job failed.');
  console.log(`Done: ${job.told} messages.`);
}

const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));

async function ask(url: string, query: string, variables: object = {}): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  }).catch((error) => {
    throw new TransientError(`No hub answers at ${url}. Start it, or name another with --url.`, { cause: error });
  });
  const { data, errors } = (await response.json()) as {
    readonly data?: unknown;
    readonly errors?: readonly { readonly message: string }[];
  };
  if (errors?.[0]) throw new TransientError(errors[0].message);
  return data;
}

/** A day begins in UTC. */
function moment(text: string): string {
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError('It must be a day or a moment, such as 2026-11-01 or 2026-11-01T08:00:00Z.');
  }
  return time.toISOString();
}
