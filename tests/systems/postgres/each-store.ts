import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { joinPostgres, missingPart, type PostgresServer } from './postgres.ts';

export type StorePlace =
  | { readonly kind: 'sqlite'; readonly folder: string }
  | { readonly kind: 'postgresql'; readonly url: string };

/** A new, empty place for a store, gone after the suite. */
export type NewPlace = () => Promise<StorePlace>;

/** The same suite over both stores. */
export function describeEachStore(name: string, suite: (newPlace: NewPlace, kind: StorePlace['kind']) => void): void {
  describe(`${name} on SQLite`, () => suite(sqlitePlaces(), 'sqlite'));
  const missing = missingPart();
  if (missing === undefined) {
    describe(`${name} on PostgreSQL`, () => suite(postgresPlaces(), 'postgresql'));
    return;
  }
  process.stdout.write(`SKIPPED ${name} on PostgreSQL: ${missing}\n`);
  if (process.env.ISTHMUS_REQUIRE_SYSTEMS === '1') {
    test(`${name} on PostgreSQL`, () => {
      throw new Error(`Missing: ${missing}`);
    });
  }
}

export function sqlitePlaces(): NewPlace {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isthmus-store-'));
    folders.push(folder);
    return { kind: 'sqlite', folder };
  };
}

export function postgresPlaces(): NewPlace {
  let server: PostgresServer | undefined;
  beforeAll(async () => {
    server = await joinPostgres();
  }, 90_000);
  afterAll(() => server?.leave());
  return async () => {
    if (!server) throw new Error('PostgreSQL is joined before the first test, not while tests are collected.');
    return { kind: 'postgresql', url: await server.createDatabase() };
  };
}
