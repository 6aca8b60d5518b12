// Printed from the model by `isthmus generate`. Do not edit.
import type { SourceRef } from 'isthmus/model';

/** A ship that the enterprise's pumps are built into. */
export interface Vessel {
  /** The number under which the ship is registered for life. */
  readonly imoNumber: string | null;
  /** The name that she bears now. */
  readonly name: string | null;
  /** The day on which she was handed over. */
  readonly builtOn: string | null;
  /** What she can carry. */
  readonly deadweight: string | null;
  /** Who owns her. */
  readonly owner: SourceRef | null;
}
declare module 'isthmus/model' {
  interface Customer {
    /** Tier of the loyalty programme, as marketing names it. */
    readonly loyaltyTier: string | null;
  }
  interface Entities {
    Vessel: Vessel;
  }
}
