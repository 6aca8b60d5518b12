import type { EdmProperty, EntityType, Navigation, Service } from './edm.ts';

/** `$metadata`: EDMX of OData V2 with SAP's annotations. */
export function metadataDocument(service: Service): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" xmlns:sap="http://www.sap.com/Protocols/SAPData">
<edmx:DataServices m:DataServiceVersion="2.0">
<Schema Namespace="${service.namespace}" xmlns="http://schemas.microsoft.com/ado/2008/09/edm" sap:schema-version="1">
${service.types.map((type) => entityTypeXml(service, type)).join('\n')}
${associations(service)
  .map(({ xml }) => xml)
  .join('\n')}
<EntityContainer Name="${service.namespace}_Entities" m:IsDefaultEntityContainer="true" sap:supported-formats="atom json xlsx">
${service.types.map((type) => entitySetXml(service, type)).join('\n')}
${associations(service)
  .map(({ setXml }) => setXml)
  .join('\n')}
</EntityContainer>
</Schema>
</edmx:DataServices>
</edmx:Edmx>`;
}

export function serviceDocument(service: Service): string {
  return JSON.stringify({ d: { EntitySets: service.types.map((type) => type.set) } });
}

function entityTypeXml(service: Service, type: EntityType): string {
  const lines = [
    `<EntityType Name="${type.set}Type" sap:content-version="1">`,
    `<Key>${type.key.map((name) => `<PropertyRef Name="${name}"/>`).join('')}</Key>`,
    ...type.properties.map((property) => propertyXml(property, type)),
    ...type.navigations.map((navigation) => {
      const name = associationName(type, navigation);
      return `<NavigationProperty Name="${navigation.name}" Relationship="${service.namespace}.${name}" FromRole="FromRole_${name}" ToRole="ToRole_${name}"/>`;
    }),
    '</EntityType>',
  ];
  return lines.join('\n');
}

function propertyXml(property: EdmProperty, type: EntityType): string {
  const attributes = [`Name="${property.name}"`, `Type="${property.type}"`];
  if (type.key.includes(property.name)) attributes.push('Nullable="false"');
  if (property.maxLength !== undefined) attributes.push(`MaxLength="${property.maxLength}"`);
  if (property.type === 'Edm.DateTime') attributes.push('Precision="0" sap:display-format="Date"');
  if (property.type === 'Edm.DateTimeOffset') attributes.push('Precision="7"');
  if (property.type === 'Edm.Decimal') attributes.push('Precision="16" Scale="3"');
  if (property.name === type.etag) attributes.push('ConcurrencyMode="Fixed"');
  const isWritable = type.canUpdate && !type.key.includes(property.name) && !isStamp(property.name);
  if (!isWritable) attributes.push('sap:updatable="false"');
  return `<Property ${attributes.join(' ')} sap:label="${label(property.name)}"/>`;
}

function isStamp(name: string): boolean {
  return /^(Creat|LastChange|ETag)/.test(name);
}

function label(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2');
}

function entitySetXml(service: Service, type: EntityType): string {
  const flags = `sap:creatable="${type.canCreate}" sap:updatable="${type.canUpdate}" sap:deletable="${type.canDelete}"`;
  return `<EntitySet Name="${type.set}" EntityType="${service.namespace}.${type.set}Type" ${flags} sap:content-version="1"/>`;
}

function associationName(type: EntityType, navigation: Navigation): string {
  return `assoc_${type.set}_${navigation.name}`;
}

function associations(service: Service): { readonly xml: string; readonly setXml: string }[] {
  return service.types.flatMap((type) =>
    type.navigations.map((navigation) => {
      const name = associationName(type, navigation);
      const multiplicity = navigation.isMany ? '*' : '0..1';
      return {
        xml: `<Association Name="${name}"><End Type="${service.namespace}.${type.set}Type" Multiplicity="1" Role="FromRole_${name}"/><End Type="${service.namespace}.${navigation.set}Type" Multiplicity="${multiplicity}" Role="ToRole_${name}"/></Association>`,
        setXml: `<AssociationSet Name="${name}_set" Association="${service.namespace}.${name}"><End EntitySet="${type.set}" Role="FromRole_${name}"/><End EntitySet="${navigation.set}" Role="ToRole_${name}"/></AssociationSet>`,
      };
    }),
  );
}
