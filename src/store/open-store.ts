import type { Model } from '#model';
import type { OpenStoreOptions, Store, StoreLocation } from './store.ts';

/** Opens the hub's store; a writer brings its tables up to date with the model first. */
export async function openStore(at: StoreLocation, model: Model, options: OpenStoreOptions): Promise<Store> {
  if (at.kind === 'sqlite') {
    const { openSqliteStore } = await import('./sqlite-store.ts');
    return openSqliteStore(at.folder, model, options);
  }
  const { openPostgresStore } = await import('./postgres-store.ts');
  return openPostgresStore(at.url, model, options);
}
