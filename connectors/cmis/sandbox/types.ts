import { refuse } from './refusal.ts';

export type PropertyType = 'string' | 'id' | 'integer' | 'boolean' | 'datetime';

export interface PropertyDefinition {
  readonly id: string;
  readonly localName: string;
  readonly queryName: string;
  readonly displayName: string;
  readonly propertyType: PropertyType;
  readonly cardinality: 'single' | 'multi';
  readonly updatability: 'readonly' | 'readwrite' | 'oncreate';
  readonly inherited: boolean;
  readonly required: boolean;
  readonly queryable: boolean;
  readonly orderable: boolean;
}

export interface TypeDefinition {
  readonly id: string;
  readonly baseId: 'cmis:document' | 'cmis:folder';
  readonly parentId: string | null;
  readonly displayName: string;
  readonly properties: ReadonlyMap<string, PropertyDefinition>;
}

const BOTH = `objectId:id name:string:w baseTypeId:id objectTypeId:id secondaryObjectTypeIds:id:m description:string:w
  createdBy:string creationDate:datetime lastModifiedBy:string lastModificationDate:datetime changeToken:string`;
const DOCUMENT = `isImmutable:boolean isLatestVersion:boolean isMajorVersion:boolean isLatestMajorVersion:boolean
  isPrivateWorkingCopy:boolean versionLabel:string versionSeriesId:id isVersionSeriesCheckedOut:boolean
  versionSeriesCheckedOutBy:string versionSeriesCheckedOutId:id checkinComment:string contentStreamLength:integer
  contentStreamMimeType:string contentStreamFileName:string contentStreamId:id`;
const FOLDER = 'parentId:id path:string allowedChildObjectTypeIds:id:m';

const documentType = type('cmis:document', null, 'Document', properties('cmis:', `${BOTH} ${DOCUMENT}`));
const folderType = type('cmis:folder', null, 'Folder', properties('cmis:', `${BOTH} ${FOLDER}`));
const TYPES: readonly TypeDefinition[] = [
  documentType,
  folderType,
  type('demo:document', documentType, 'Business document', [
    ...properties(
      'demo:',
      'customerNumber:string:w orderNumber:string:w invoiceNumber:string:w title:string:w kind:string:w',
    ),
  ]),
  type('demo:folder', folderType, 'Customer folder', properties('demo:', 'customerNumber:string:w')),
];

export function typeDefinition(id: string): TypeDefinition {
  return TYPES.find((known) => known.id === id) ?? refuse('objectNotFound', `Type ${id} is unknown.`);
}

export function childTypes(id: string | null): readonly TypeDefinition[] {
  if (id !== null) typeDefinition(id);
  return TYPES.filter((known) => known.parentId === id);
}

/** A type as `typeDefinition` and `typeChildren` show it. */
export function typeJson(definition: TypeDefinition, withProperties: boolean): Record<string, unknown> {
  const { id, baseId, parentId, displayName } = definition;
  return {
    id,
    localName: id.replace(/^.*:/, ''),
    localNamespace: id.replace(/:.*$/, ''),
    queryName: id,
    displayName,
    description: displayName,
    baseId,
    ...(parentId === null ? {} : { parentId }),
    creatable: true,
    fileable: true,
    queryable: true,
    fulltextIndexed: false,
    includedInSupertypeQuery: true,
    controllablePolicy: false,
    controllableACL: false,
    typeMutability: { create: false, update: false, delete: false },
    ...(baseId === 'cmis:document' ? { versionable: true, contentStreamAllowed: 'allowed' } : {}),
    ...(withProperties ? { propertyDefinitions: Object.fromEntries(definition.properties) } : {}),
  };
}

/** `includes` of a subtype: what a query FROM a type sees. */
export function isOfType(objectTypeId: string, id: string): boolean {
  return objectTypeId === id || TYPES.find((known) => known.id === objectTypeId)?.parentId === id;
}

function type(
  id: string,
  parent: TypeDefinition | null,
  displayName: string,
  own: readonly PropertyDefinition[],
): TypeDefinition {
  const inherited = [...(parent?.properties.values() ?? [])].map((property) => ({ ...property, inherited: true }));
  const all = [...inherited, ...own].map((property) => [property.id, property] as const);
  const baseId = (parent?.baseId ?? id) as TypeDefinition['baseId'];
  return { id, baseId, parentId: parent?.id ?? null, displayName, properties: new Map(all) };
}

/** `name:type`, then `w` for writable or `m` for several values. */
function properties(prefix: string, list: string): PropertyDefinition[] {
  return list.split(/\s+/).map((text) => {
    const [name, propertyType, mark] = text.split(':') as [string, PropertyType, string?];
    const id = prefix + name;
    return {
      id,
      localName: name,
      queryName: id,
      displayName: name,
      propertyType,
      cardinality: mark === 'm' ? 'multi' : 'single',
      updatability: mark === 'w' ? 'readwrite' : name === 'objectTypeId' ? 'oncreate' : 'readonly',
      inherited: false,
      required: name === 'name' || name === 'objectTypeId',
      queryable: mark !== 'm',
      orderable: mark !== 'm',
    };
  });
}
