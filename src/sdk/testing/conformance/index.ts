/**
 * The conformance kit: what a manifest declares is put to the proof, by the same cases for every connector, over a
 * sandbox or over the real system. Promises to stand between the two and to make the system's answers go wrong on the
 * way, so that a product needs no help for that. Refuses to call anything proven that was not exercised.
 */
import type { Manifest } from '#sdk';
import type { ConformanceCase } from './case.ts';
import { changesCases, deletionCases } from './changes-cases.ts';
import { connectionCases } from './connection-cases.ts';
import { lookupCases, manyKeysCases } from './lookup-cases.ts';
import { snapshotCases } from './snapshot-cases.ts';
import { lossyCases, troubleCases } from './trouble-cases.ts';

export type { ConformanceCase } from './case.ts';
export { NotProven, Subject } from './subject.ts';
export type { ConformanceSettings, ConformanceSystem, StreamHands } from './system.ts';

const STREAM_CASES = [snapshotCases, lookupCases, changesCases, deletionCases, lossyCases, manyKeysCases];

/** All cases of a manifest; `streams` gives them an order, and leaves others out. */
export function conformanceCases(
  manifest: Manifest,
  streams: readonly string[] = Object.keys(manifest.streams),
): readonly ConformanceCase[] {
  return [
    ...connectionCases(manifest),
    ...troubleCases(Object.fromEntries(streams.map((stream) => [stream, manifest.streams[stream]!]))),
    ...streams.flatMap((stream) => STREAM_CASES.flatMap((cases) => cases(stream, manifest.streams[stream]!))),
  ];
}
