/** SQLite answers at once, PostgreSQL later: what follows a read runs in the same turn where it can. */
export type MaybePromise<T> = T | Promise<T>;

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return value instanceof Promise;
}

export function chain<A, B>(value: MaybePromise<A>, next: (value: A) => MaybePromise<B>): MaybePromise<B> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Done when all are; nothing is awaited where none is a promise. */
export function settled(values: readonly MaybePromise<unknown>[]): MaybePromise<void> {
  const waiting = values.filter(isPromise);
  if (waiting.length === 0) return undefined;
  return Promise.all(waiting).then(() => undefined);
}
