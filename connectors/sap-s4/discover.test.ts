import { expect, test } from '@jest/globals';
import { nativeTypes } from './discover.ts';

test('types of an EDMX, custom fields and all', () => {
  const edmx = `<Schema><EntityType Name="A_XType" sap:label="Ex &amp; Co"><Key><PropertyRef Name="Id"/></Key>
    <Property Name="Id" Type="Edm.String" Nullable="false" sap:updatable="false" sap:label="Number"/>
    <Property Name="YY1_Tier_bus" Type="Edm.Decimal" Precision="3"></Property></EntityType>
    <EntityType Name="Unreachable"></EntityType>
    <EntitySet Name="A_X" EntityType="NS.A_XType"/></Schema>`;
  expect(nativeTypes(edmx, (set) => (set === 'A_X' ? 'x' : undefined))).toEqual([
    {
      name: 'A_X',
      title: 'Ex & Co',
      stream: 'x',
      fields: [
        { name: 'Id', type: 'String', title: 'Number', writable: false, custom: false, nullable: false },
        { name: 'YY1_Tier_bus', type: 'Decimal', writable: true, custom: true, nullable: true },
      ],
    },
  ]);
});
