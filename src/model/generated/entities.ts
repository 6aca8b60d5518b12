import type { Money, SourceRef } from '../canonical.ts';
export interface Entities {
  Customer: { name: string | null; creditLimit: Money | null };
  SalesOrder: { customer: SourceRef | null };
}
