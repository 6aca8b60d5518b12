/**
 * The conformance kit: what a manifest declares is put to the proof, by the same cases for every connector, over a
 * sandbox or over the real system. Promises to stand between the two and to make the system's answers go wrong on the
 * way, so that a product needs no help for that. Refuses to call anything proven that was not exercised.
 */
import type { Manifest } from '#sdk';
import type { ConformanceCase } from './case.ts';
import { changesCases, deletionCases } from './changes-cases.ts';
import { connectionCases } from './connection-cases.ts';
import { contentCases } from './content-cases.ts';
import { listCases } from './list-cases.ts';
import { lookupCases, manyKeysCases } from './lookup-cases.ts';
import { snapshotCases } from './snapshot-cases.ts';
import { NotProven } from './subject.ts';
import { lossyCases, troubleCases } from './trouble-cases.ts';

export type { ConformanceCase } from './case.ts';
export { NotProven, Subject } from './subject.ts';
export type { ConformanceSettings, ConformanceSystem, StreamHands } from './system.ts';

const STREAM_CASES = [
  ...[snapshotCases, lookupCases, listCases, contentCases, changesCases, deletionCases, lossyCases, manyKeysCases],
];

export interface CaseChoice {
  /** Another order than the manifest's, or a choice of them. */
  readonly streams?: readonly string[];
  /** One stream of each way in which the connector reads, the fastest first: troubles meet these alone. All when absent. */
  readonly waysOfReading?: readonly string[];
}

/** All cases of a manifest. */
export function conformanceCases(manifest: Manifest, choice: CaseChoice = {}): readonly ConformanceCase[] {
  const { streams = Object.keys(manifest.streams), waysOfReading = streams } = choice;
  const ofEachWay = Object.fromEntries(waysOfReading.map((stream) => [stream, manifest.streams[stream]!]));
  const cases = [
    ...connectionCases({ ...manifest, streams: ofEachWay }),
    ...troubleCases(ofEachWay),
    ...streams.flatMap((stream) => STREAM_CASES.flatMap((casesOf) => casesOf(stream, manifest.streams[stream]!))),
  ];
  return cases.map(apart);
}

function apart({ name, run }: ConformanceCase): ConformanceCase {
  return {
    name,
    async run(subject) {
      try {
        await run(subject);
      } catch (error) {
        if (!(error instanceof NotProven)) await subject.startAnew();
        throw error;
      }
    },
  };
}
