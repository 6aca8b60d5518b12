/** Live reads of the graph, by the connections; what they saw goes to the engine. */
import type { LiveObservation } from '#capture';
import type { Connections } from '#connections';
import type { LiveReader, LiveRecord } from '#graph';
import type { SourceRecord } from '#sdk';

export function createLiveReader(
  connections: Connections,
  observeLive: (records: readonly LiveObservation[]) => void,
): LiveReader {
  const sources = new WeakMap<LiveRecord, SourceRecord>();
  return {
    // What a connection left in the store stays readable after its line is gone from the config.
    canLookup: (connection, stream) =>
      connections.all
        .find(({ name }) => name === connection)
        ?.streams.some((each) => each.name === stream && each.manifest.lookup !== undefined) ?? false,
    async lookupMany(connection, stream, keys, wanted) {
      const source = connections.get(connection).stream(stream);
      const found = await source.lookupMany(keys, { priority: 'interactive', ...(wanted && { wanted }) });
      const records = new Map<string, LiveRecord>();
      for (const [key, { record, startedAt, isPartial }] of found) {
        const read = {
          connection,
          stream,
          key,
          mapped: source.map(record),
          startedAt,
          ...(isPartial && { isPartial }),
        };
        if (!isPartial) sources.set(read, record);
        records.set(key, read);
      }
      return records;
    },
    enqueueLive(records) {
      observeLive(
        records.flatMap((read) => {
          const record = sources.get(read);
          const { connection, stream, startedAt } = read;
          return record ? [{ connection, stream, record, startedAt }] : [];
        }),
      );
    },
  };
}
