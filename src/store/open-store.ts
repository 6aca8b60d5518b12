import type { Model } from '#model';
import type { OpenStoreOptions, Store, StoreLocation } from './store.ts';

/** Opens the hub's store; a writer brings its tables up to date with the model first. */
export async function openStore(_at: StoreLocation, _model: Model, _options: OpenStoreOptions): Promise<Store> {
  throw new Error('The store cannot be opened yet.');
}
