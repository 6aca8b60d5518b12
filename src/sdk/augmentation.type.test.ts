/** What an enterprise's generated file does: its own fields and types reach mappings and ownership. Checked by tsc. */
import { expect, test } from '@jest/globals';
import type { CanonicalValues, EntityName, Mapped, SourceRef } from 'isthmus/model';
import type { Ownership } from './index.ts';

interface TestVehicle {
  readonly plate: string | null;
  readonly keeper: SourceRef | null;
}

declare module 'isthmus/model' {
  interface Entities {
    TestVehicle: TestVehicle;
  }
  interface Customer {
    readonly testLoyaltyTier: string | null;
  }
  interface OpportunityStageValues {
    readonly TEST_SHORTLISTED: true;
  }
}

test('an augmented model types mappings and ownership', () => {
  const name: EntityName = 'TestVehicle';
  const values: CanonicalValues<'Customer'> = { name: 'Acme', testLoyaltyTier: 'GOLD' };
  const mapped: readonly Mapped[] = [
    { entity: 'TestVehicle', values: { plate: 'B-12', keeper: { stream: 'parties', key: '1' } } },
    { entity: 'Opportunity', values: { stage: 'TEST_SHORTLISTED' } },
  ];
  const ownership: Ownership<'crm' | 'erp'> = {
    Customer: { testLoyaltyTier: ['crm'], '*': ['erp', 'crm'] },
    TestVehicle: { plate: ['erp'] },
  };
  expect([name, values, mapped, ownership]).toHaveLength(4);
});

test('what the model does not have does not compile', () => {
  // @ts-expect-error Customer has no field testNothing
  const values: CanonicalValues<'Customer'> = { testNothing: 'x' };
  // @ts-expect-error there is no entity TestNothing
  const mapped: Mapped = { entity: 'TestNothing', values: {} };
  // @ts-expect-error a vehicle has no field name
  const vehicle: Mapped = { entity: 'TestVehicle', values: { name: 'x' } };
  // @ts-expect-error there is no connection records
  const ownership: Ownership<'crm' | 'erp'> = { Customer: { name: ['records'] } };
  expect([values, mapped, vehicle, ownership]).toHaveLength(4);
});
