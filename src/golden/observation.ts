import type { Mapped } from '#model';
import type { StreamAdvance } from '#store';

/** One source record as mapped, or its deletion. */
export interface ObservedInput {
  /** Normalised by the stream's `normalizeKey`. */
  readonly key: string;
  /** References and claims inside are normalised by `observe()`. Ignored when deleted. */
  readonly mapped: readonly Mapped[];
  /** The source record's `changedAt`; it orders only where the manifest says so. */
  readonly version?: number;
  readonly createdAt?: number;
  readonly deleted?: true;
  /** As the vendor gave it; kept only when the record is set aside. */
  readonly raw?: unknown;
}

/** A source record that could not even be mapped. */
export interface SetAsideInput {
  readonly key: string;
  readonly raw: unknown;
  readonly code: string;
  readonly reason: string;
}

/** Records of one stream from one read. */
export interface ObservationPage {
  readonly connection: string;
  readonly stream: string;
  readonly records: readonly ObservedInput[];
  /** The store's clock when the read began (its last attempt), less the stream's lag for reads through an index. */
  readonly startedAt: number;
  /** `live` and `sweep` read by id: such a read wins over a higher version when it began later. */
  readonly through: 'capture' | 'live' | 'sweep';
  /** Committed with the records, or nothing is. */
  readonly advance?: StreamAdvance;
  readonly setAside?: readonly SetAsideInput[];
  /** W3C `traceparent` of the read; a new one by default. */
  readonly trace?: string;
}

/** What became of a page's records; `changed` counts those whose content differed, new ones apart. */
export interface ObserveOutcome {
  readonly unchanged: number;
  readonly changed: number;
  readonly created: number;
  readonly deleted: number;
  /** Older than what is held, left out. */
  readonly stale: number;
  /** Taken although their version is lower: the system was probably restored from a backup. */
  readonly wentBack: number;
  readonly setAside: number;
  /** Card numbers that were masked in what was stored anew or set aside. */
  readonly maskedCards: number;
  /** The advance did not fit: nothing was stored. */
  readonly fenced: boolean;
  /** Canonical ids whose golden record changed, without parts. */
  readonly touched: readonly string[];
}

/** A target that too many records claim to be: none of these claims links. */
export interface Overclaim {
  readonly connection: string;
  readonly stream: string;
  readonly sourceId: string;
  readonly entity: string;
  readonly claims: number;
}
