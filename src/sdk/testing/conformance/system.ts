import type { ConnectionDefinition, ConnectionSettings } from '#sdk';

/** What the kit may do to the records of one stream, by the system's own means. What is absent cannot be had there. */
export interface StreamHands {
  /** Makes records that the stream delivers; returns their keys. */
  create?(count: number): Promise<readonly string[]>;
  /** Changes one record so that its mapped values differ. */
  edit?(key: string): Promise<void>;
  remove?(key: string): Promise<void>;
  /** Gives these records one and the same new change stamp, as a mass update does. */
  stampTogether?(keys: readonly string[]): Promise<void>;
  /** Changes a record that becomes visible only now, under a stamp of so many seconds ago. */
  commitLate?(key: string, secondsAgo: number): Promise<void>;
  /** Makes a record with these bytes as its content; returns its key. */
  file?(bytes: Uint8Array): Promise<string>;
  /**
   * What a list can be filtered and ordered by: a field by the vendor's name, under which records carry its value too,
   * as a text that the system orders by character, or as a number.
   */
  readonly listed?: string;
  /** A well-formed key that no record has. */
  readonly missingKey?: string;
}

export interface ConformanceSettings extends ConnectionSettings {
  /** True: as few records a page as the connector and the product can be brought to. */
  readonly smallPages?: boolean;
}

/** A running system of the product, a sandbox or the real one, with records in all its streams. */
export interface ConformanceSystem {
  /** Where it answers. The kit stands between it and the connector. */
  readonly url: string;
  /** A connection as a config defines it, whose requests go to `url`. */
  connection(url: string, settings?: ConformanceSettings): ConnectionDefinition;
  /** The most records of a page where `smallPages` is set; 20 when absent. The kit makes as many as fill several. */
  readonly smallPageSize?: number;
  /** Texts that must not be in any error. */
  readonly secrets: readonly string[];
  readonly hands: Readonly<Record<string, StreamHands>>;
  stop(): Promise<void>;
}
