import type { Manifest, StreamManifest } from '#sdk';
import type { Subject } from './subject.ts';

/** One promise of a manifest, put to the proof. */
export interface ConformanceCase {
  /** Such as `salesOrder: every position of the snapshot can be gone on from`. */
  readonly name: string;
  /** Throws when the promise is broken, `NotProven` when there was nothing to prove it on. */
  run(subject: Subject): Promise<void>;
}

/** Cases of one stream, as its manifest promises. */
export type StreamCases = (stream: string, manifest: StreamManifest) => readonly ConformanceCase[];
/** Cases of a connection as a whole. */
export type ConnectionCases = (manifest: Manifest) => readonly ConformanceCase[];
