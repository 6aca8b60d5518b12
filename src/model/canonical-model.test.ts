import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { BUILT_IN_SCALARS, DIRECTIVES } from './directives.ts';
import {
  canonicalSources,
  generateAugmentation,
  generateEntityTypes,
  loadCanonicalModel,
  packageFolder,
} from './index.ts';

const model = loadCanonicalModel();

describe('the shipped model', () => {
  test('has the types of the first domains', () => {
    const entities =
      'Customer Supplier Contact Product Warehouse StockLevel Lead Opportunity SalesOrder SalesOrderLine';
    const more = 'PurchaseOrder PurchaseOrderLine Invoice InvoiceLine Ticket TicketQueue Document Folder';
    expect([...model.entities.keys()].toSorted()).toEqual(`${entities} ${more}`.split(' ').toSorted());
    expect([...model.values.keys()].toSorted()).toEqual(['Address', 'Money']);
    expect([...model.entities.values()].filter((entity) => entity.hasContent).map(({ name }) => name)).toEqual([
      'Document',
    ]);
  });

  test('says what every type, field and value means', () => {
    const silent: string[] = [];
    const note = (path: string, description: string) => description.length < 5 && silent.push(path);
    for (const { name, description, fields } of model.entities.values()) {
      note(name, description);
      for (const field of fields) note(`${name}.${field.name}`, field.description);
    }
    for (const { name, description, members } of model.values.values()) {
      note(name, description);
      for (const member of members) note(`${name}.${member.name}`, member.description);
    }
    for (const { name, description, values } of model.enums.values()) {
      note(name, description);
      for (const value of values) note(`${name}.${value.name}`, value.description);
    }
    expect(silent).toEqual([]);
  });

  test('describes exactly the directives and scalars that there are', () => {
    const definitions = canonicalSources().flatMap(({ text }) => parse(text).definitions);
    const directives = definitions.filter((node) => node.kind === 'DirectiveDefinition');
    const described = directives.map((node) => ({
      name: node.name.value,
      on: node.locations.map((place) => place.value),
      takes: (node.arguments ?? []).map((argument) => argument.name.value),
      isSaid: node.description !== undefined,
    }));
    const shapes = Object.entries(DIRECTIVES).filter(([name]) => name !== 'deprecated');
    const expected = shapes.map(([name, { on, takes }]) => ({ name, on, takes: Object.keys(takes), isSaid: true }));
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(described.toSorted(byName)).toEqual(expected.toSorted(byName));
    const scalars = definitions.filter((node) => node.kind === 'ScalarTypeDefinition').map((node) => node.name.value);
    const standard = ['ID', 'String', 'Int', 'Boolean'];
    expect(scalars.toSorted()).toEqual(BUILT_IN_SCALARS.filter((name) => !standard.includes(name)).toSorted());
  });

  test('has generated types that are fresh', () => {
    const checkedIn = readFileSync(join(packageFolder(), 'src/model/generated/entities.ts'), 'utf8');
    expect(generateEntityTypes(model)).toBe(checkedIn);
  });
});

test("an enterprise's additions are printed as an augmentation", () => {
  const text = `
    extend type Customer { "How loyal." loyaltyTier: Tier  home: Address  firstCar: Vehicle }
    enum Tier { GOLD }
    extend enum TicketStatus { PARKED }
    extend type Address { floor: Int }
    type Vehicle @entity { plate: String  price: Money  extras: JSON  keeper: Customer }
  `;
  const printed = generateAugmentation(loadCanonicalModel([{ file: 'own.graphql', text }]), model);
  expect(printed).toBe(`// Printed from the model by \`isthmus generate\`. Do not edit.
import type { Address, Money, SourceRef } from 'isthmus/model';

/** The values of Tier. */
export interface TierValues {
  readonly GOLD: true;
}
export type Tier = keyof TierValues;
export interface Vehicle {
  readonly plate: string | null;
  readonly price: Money | null;
  readonly extras: unknown;
  readonly keeper: SourceRef | null;
}
declare module 'isthmus/model' {
  interface TicketStatusValues {
    readonly PARKED: true;
  }
  interface Address {
    readonly floor?: number | null;
  }
  interface Customer {
    /** How loyal. */
    readonly loyaltyTier: Tier | null;
    /** The system's own code for \`loyaltyTier\`, where no mapping knows it. */
    readonly loyaltyTierText: string | null;
    readonly home: Address | null;
    readonly firstCar: SourceRef | null;
  }
  interface Entities {
    Vehicle: Vehicle;
  }
}
`);
});
