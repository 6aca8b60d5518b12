/** Imports point down only. The directions stand here as data; a wrong import fails with the name of its file. */
import { dirname, join } from 'node:path/posix';
import { describe, expect, test } from '@jest/globals';
import { type SourceFile, sourceFilesIn } from './source-files.ts';

/** Which rooms a room may enter. One that is missing here is no room of the house. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  sdk: ['model'],
  'sdk/testing': ['model', 'sdk'],
  store: ['model', 'sdk'],
  connections: ['model', 'sdk'],
  'sdk/testing/conformance': ['model', 'sdk', 'sdk/testing', 'connections'],
  identity: ['model', 'sdk', 'store'],
  consume: ['model', 'sdk'],
  events: ['model', 'sdk', 'store', 'consume'],
  webhooks: ['model', 'sdk', 'store', 'consume', 'events'],
  golden: ['model', 'sdk', 'store', 'connections', 'identity', 'events'],
  capture: ['model', 'sdk', 'store', 'connections', 'identity', 'events', 'golden'],
  graph: ['model', 'sdk', 'store', 'connections', 'identity', 'events', 'golden', 'capture'],
  control: ['model', 'sdk', 'store', 'connections', 'identity', 'events', 'golden', 'capture', 'webhooks'],
  server: [
    ...['model', 'sdk', 'store', 'connections', 'identity', 'events', 'golden', 'capture', 'webhooks'],
    ...['graph', 'control'],
  ],
  app: [
    ...['model', 'sdk', 'sdk/testing', 'store', 'connections', 'identity', 'events', 'golden', 'capture'],
    ...['consume', 'webhooks', 'graph', 'control', 'server'],
  ],
  cli: ['model', 'sdk', 'sdk/testing', 'events', 'graph', 'app'],
};

/** Packages that belong to some rooms only: GraphQL never reaches a connector, nor the database any but the store. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  graphql: ['model', 'graph', 'control', 'server', 'app', 'cli'],
  'type-graphql': ['control'],
  '@apollo/server': ['graph', 'server', 'app'],
  '@mikro-orm': ['store'],
  'better-sqlite3': ['store', 'sdk/testing'],
  pg: ['store'],
  kafkajs: ['consume', 'events'],
  undici: ['connections', 'webhooks'],
  commander: ['cli'],
};

/** What a connector may import beside its own files: it must stay one that could be copied out as it stands. */
const CONNECTOR_IMPORTS = /^(isthmus\/(sdk|model)$|node:|zod$|jose$|decimal\.js$)/;
const SANDBOX_IMPORTS = /^(isthmus\/(sdk|model|sdk\/testing)$|node:|jose$)/;

const rooms = sourceFilesIn('src');
const connectors = sourceFilesIn('connectors');

function roomOf(path: string): string {
  if (path.startsWith('src/sdk/testing/conformance/')) return 'sdk/testing/conformance';
  if (path.startsWith('src/sdk/testing/')) return 'sdk/testing';
  return path.split('/')[1] ?? '';
}

function packageOf(from: string): string {
  const [scope = '', name = ''] = from.split('/');
  return scope.startsWith('@') && !(scope in PACKAGES) ? `${scope}/${name}` : scope;
}

function resolved(file: SourceFile, from: string): string {
  return join(dirname(file.path), from);
}

/** Every wrong import as one line. Tests may also use the tests' own helpers and the public doors. */
function wrongImports(
  files: readonly SourceFile[],
  judge: (file: SourceFile, from: string) => string | undefined,
): readonly string[] {
  return files.flatMap((file) =>
    file.imports.flatMap(({ from }) => {
      const verdict = judge(file, from);
      return verdict ? [`${file.path} imports ${from}: ${verdict}`] : [];
    }),
  );
}

describe('rooms', () => {
  test('all stand in the table', () => {
    const found = new Set(rooms.map((file) => roomOf(file.path)));
    expect([...found].filter((room) => !(room in ROOMS))).toEqual([]);
  });

  test('are entered from above only, by their door', () => {
    const wrong = wrongImports(rooms, (file, from) => {
      const room = roomOf(file.path);
      if (from.startsWith('.')) {
        const target = resolved(file, from);
        if (file.isTest && target.startsWith('tests/')) return undefined;
        return roomOf(target) === room && target.startsWith('src/') ? undefined : 'a room is entered by its # alias';
      }
      const entered = /^(?:#|isthmus\/)(.+)$/.exec(from)?.[1];
      if (!entered || entered === room) return undefined;
      if (entered.startsWith('connectors/')) return 'only the config and the tests name a connector';
      if (from.startsWith('isthmus/') && room !== 'sdk' && room !== 'sdk/testing' && !file.isTest) {
        return 'inside src, rooms are entered by their # alias';
      }
      if (file.isTest && entered === 'sdk/testing') return undefined;
      return ROOMS[room]?.includes(entered) ? undefined : `${room} may enter ${ROOMS[room]?.join(', ') || 'no room'}`;
    });
    expect(wrong).toEqual([]);
  });

  test('keep their packages to themselves', () => {
    const wrong = wrongImports(
      rooms.filter((file) => !file.isTest),
      (file, from) => {
        const owners = PACKAGES[packageOf(from)];
        return !owners || owners.includes(roomOf(file.path)) ? undefined : `it belongs to ${owners.join(', ')}`;
      },
    );
    expect(wrong).toEqual([]);
  });

  test('have no files that import each other in a circle', () => {
    expect(circlesAmong([...rooms, ...connectors])).toEqual([]);
  });
});

describe('connectors', () => {
  test('import the SDK, the model and their own files, nothing else', () => {
    const wrong = wrongImports(connectors, (file, from) => {
      const [, connector = ''] = file.path.split('/');
      const home = `connectors/${connector}/`;
      const inSandbox = file.path.startsWith(`${home}sandbox/`);
      if (from.startsWith('.')) {
        const target = resolved(file, from);
        const isNear = [home, 'tests/', 'examples/'].some((folder) => target.startsWith(folder));
        if (file.isTest) return isNear ? undefined : 'not its own';
        if (inSandbox)
          return target.startsWith(`${home}sandbox/`) ? undefined : 'a sandbox does not know its connector';
        return target.startsWith(home) && !target.startsWith(`${home}sandbox/`) ? undefined : 'not its own file';
      }
      if (file.isTest) return from.startsWith('#') ? 'a connector does not see the hub' : undefined;
      return (inSandbox ? SANDBOX_IMPORTS : CONNECTOR_IMPORTS).test(from) ? undefined : 'a connector may not';
    });
    expect(wrong).toEqual([]);
  });
});

function circlesAmong(files: readonly SourceFile[]): readonly string[] {
  const next = new Map(
    files.map((file) => [
      file.path,
      file.imports
        .filter(({ from, isTypeOnly }) => from.startsWith('.') && !isTypeOnly)
        .map(({ from }) => resolved(file, from)),
    ]),
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) circles.push([...trail.slice(start), path].join(' → '));
    if (start >= 0 || done.has(path)) return;
    for (const target of next.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return circles;
}
