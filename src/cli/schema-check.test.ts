import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventContract, eventSchemas } from '#events';
import { publishedGraph } from '#graph';
import { loadCanonicalModel, type ModelSource, packageFolder } from '#model';
import { checkSchemas, type PrintedNow } from './check-schemas.ts';
import { HISTORY, publishedEvents } from './event-files.ts';
import { bareGraph } from './graph-changes.ts';
import { keepRelease, lastReleased, readReleases } from './releases.ts';

/** The canonical model, with an enterprise's own file. */
function printed(sdl = ''): PrintedNow {
  const own: readonly ModelSource[] = sdl === '' ? [] : [{ file: 'own.graphql', text: sdl }];
  const model = loadCanonicalModel(own);
  return { contract: eventContract(eventSchemas(model)), graph: publishedGraph(model) };
}

const project = (fields: string) => `"""Work."""\ntype Project @entity {\n  id: ID!\n  ${fields}\n}\n`;
const BEFORE = project('"Name." name: String "Size." size: Int "Old." code: String @deprecated(reason: "Use name.")');
const release = (version: string, now: PrintedNow) => ({ version, ...now });

test('the present tree breaks nothing that was released', async () => {
  const model = loadCanonicalModel();
  const now = { contract: eventContract(publishedEvents(model)), graph: publishedGraph(model) };
  expect(await checkSchemas(now, readReleases(HISTORY))).toBeUndefined();
});

describe('a change of the model', () => {
  const before = release('1.0.0', printed(BEFORE));
  const check = (fields: string) => checkSchemas(printed(project(fields)), [before]);

  test('that only adds is compatible', async () => {
    expect(await checkSchemas(printed(BEFORE), [before])).toBeUndefined();
    expect(
      await checkSchemas(printed(BEFORE.replace('"Size."', '"Cost." cost: Money "Size."')), [before]),
    ).toBeUndefined();
  });

  test('that renames a field is told with the place, the reason and the way out', async () => {
    const told = await check('"Title." title: String "Size." size: Int "Old." code: String');
    expect(told).toContain(
      'isthmus.Project.changed.v1: after.name\n    Consumers written for 1.0.0 cannot go on: it is no longer there.',
    );
    expect(told).toContain("Project.name\n    Field 'name' was removed from object type 'Project'");
    expect(told).toMatch(/What to do .*@deprecated.*src\/events\/versions\.ts.*\{prefix\}\.changes\.Customer\.v2/s);
  });

  test('that gives a field another type breaks both ways', async () => {
    const told = await check('"Name." name: String "Size." size: Decimal "Old." code: String');
    expect(told).toMatch(
      /Consumers written for 1\.0\.0 cannot go on: it may be string, where integer, null is expected/,
    );
    expect(told).toMatch(/New consumers cannot read the events of 1\.0\.0: it may be integer, where null, string/);
  });

  test('that removes what was deprecated breaks events, whose consumers do not ask for fields, and not the graph', async () => {
    const told = await check('"Name." name: String "Size." size: Int');
    expect(told).toContain('isthmus.Project.state.v1: code');
    expect(told).not.toContain("Field 'code' was removed from object type 'Project'");
  });

  test('is compared with every release, not only the last', async () => {
    const later = release('1.1.0', printed(`${BEFORE}"""More."""\ntype Extra @entity { id: ID! "N." n: Int }\n`));
    const told = await checkSchemas(printed(), [before, later]);
    expect(told).toContain(
      'isthmus.Project.changed.v1: (the event)\n    Consumers written for 1.0.0, 1.1.0 cannot go on: it is told no more.',
    );
    expect(told).toContain('isthmus.Extra.changed.v1: (the event)\n    Consumers written for 1.1.0 cannot go on');
  });

  test('of partitions or clean-up breaks consumers', async () => {
    const { contract, graph } = printed();
    const topics = { ...contract.topics, 'state.Customer': { partitions: 24, cleanup: 'compact' } };
    const told = await checkSchemas({ contract: { ...contract, topics }, graph }, [
      release('1.0.0', { contract, graph }),
    ]);
    expect(told).toContain(
      'state.Customer: partitions\n    Consumers written for 1.0.0 cannot go on: it is 24, where 12 is expected.',
    );
  });
});

describe('releases', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'isthmus-releases-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('are read as they were kept, though only what changed is kept', () => {
    const versions = [
      release('1.9.0', printed(BEFORE)),
      release('1.10.0', printed(BEFORE.replace('"Size."', '"Cost." cost: Money "Size."'))),
      release('2.0.0', printed()),
    ];
    for (const kept of versions) keepRelease(folder, kept);
    const read = readReleases(folder);
    expect(read.map(({ contract }) => contract)).toEqual(versions.map(({ contract }) => contract));
    expect(read.map(({ version, graph }) => [version, graph !== undefined])).toEqual([
      ['1.9.0', false],
      ['1.10.0', false],
      ['2.0.0', true],
    ]);
    const last = lastReleased(read, 'isthmus.Project.state.v1');
    expect(last).toEqual(versions[1]?.contract.events['isthmus.Project.state.v1']);
    expect(() => keepRelease(folder, versions[0]!)).toThrow(/1\.9\.0 was released already/);
  });

  test('keep a graph without its words, which breaks nothing', async () => {
    const now = printed(BEFORE);
    const bare = bareGraph(now.graph);
    expect(bare.length).toBeLessThan(now.graph.length / 2);
    expect(await checkSchemas(now, [{ ...release('1.0.0', now), graph: bare }])).toBeUndefined();
  });

  test('`npm run schema:check` fails with the reason when one is broken', () => {
    const script = join(packageFolder(), 'src', 'cli', 'schema-check.ts');
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['--conditions=isthmus-source', script, '--history', folder, ...args], {
        encoding: 'utf8',
      });
    expect(run('--release')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Kept what is released as/) });
    expect(run()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Events and graph are compatible with \d/),
    });
    keepRelease(folder, release('99.0.0', printed(BEFORE)));
    expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining('isthmus.Project.changed.v1') });
  });
});
