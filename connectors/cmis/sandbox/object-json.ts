import { refuse } from './refusal.ts';
import { isDocument, type ObjectRow } from './repository.ts';
import { type PropertyDefinition, typeDefinition } from './types.ts';

/** How a client asked to see objects. */
export interface View {
  readonly succinct: boolean;
  /** Query names; all of the type's when undefined. */
  readonly filter: ReadonlySet<string> | undefined;
  readonly includeAllowableActions: boolean;
}

export function viewOf(control: (name: string) => string | undefined): View {
  const filter = control('filter');
  return {
    succinct: control('succinct') === 'true',
    filter: filter === undefined || filter === '' || filter === '*' ? undefined : new Set(filter.split(/\s*,\s*/)),
    includeAllowableActions: control('includeAllowableActions') === 'true',
  };
}

export function objectJson(row: ObjectRow, view: View): Record<string, unknown> {
  const shown = propertiesJson(row, view);
  return {
    ...(view.succinct ? { succinctProperties: shown } : { properties: shown }),
    ...(view.includeAllowableActions ? { allowableActions: allowableActions(row) } : {}),
  };
}

export function propertiesJson(row: ObjectRow, view: View): Record<string, unknown> {
  const { properties } = typeDefinition(row['cmis:objectTypeId']);
  const ids = [...properties.keys()].filter((id) => view.filter === undefined || view.filter.has(id));
  if (view.filter !== undefined && !ids.includes('cmis:objectId')) ids.push('cmis:objectId');
  return valuesJson(row, ids, properties, view.succinct);
}

export function valuesJson(
  row: ObjectRow,
  ids: readonly string[],
  properties: ReadonlyMap<string, PropertyDefinition>,
  succinct: boolean,
): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const id of ids) {
    const value = row[id] ?? null;
    if (succinct) shown[id] = value;
    else {
      const { localName, displayName, queryName, propertyType, cardinality } = properties.get(id)!;
      shown[id] = { id, localName, displayName, queryName, type: propertyType, cardinality, value };
    }
  }
  return shown;
}

export function allowableActions(row: ObjectRow): Record<string, boolean> {
  const isDoc = isDocument(row);
  const isOut = row['cmis:isVersionSeriesCheckedOut'] === true;
  const isWorkingCopy = row['cmis:isPrivateWorkingCopy'] === true;
  return {
    canGetProperties: true,
    canUpdateProperties: true,
    canDeleteObject: true,
    canMoveObject: true,
    canGetObjectParents: isDoc,
    canGetContentStream: isDoc && row._content !== undefined,
    canSetContentStream: isDoc,
    canCheckOut: isDoc && !isOut,
    canCancelCheckOut: isWorkingCopy,
    canCheckIn: isWorkingCopy,
    canGetAllVersions: isDoc,
    canGetChildren: !isDoc,
    canGetDescendants: !isDoc,
    canGetFolderTree: !isDoc,
    canGetFolderParent: !isDoc,
    canCreateDocument: !isDoc,
    canCreateFolder: !isDoc,
    canDeleteTree: !isDoc,
  };
}

/** A whole number that a client may leave out; absent, blank or out of range is told apart. */
export function wholeNumber(text: string | undefined, fallback: number, name: string): number {
  if (text === undefined || text === '') return fallback;
  const number = Number(text);
  return Number.isInteger(number) && number >= 0 ? number : refuse('invalidArgument', `${name} must be a number >= 0`);
}
