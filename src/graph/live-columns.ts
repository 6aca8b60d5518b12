import type { EnumMember, Model, ScalarMember, StoredField } from '#model';
import type { EnumColumns, FieldColumns, ScalarColumns } from '#store';

/** A field that is never stored, laid out as if it were: places in a row that only a live read fills. */
export function liveColumns(model: Model, field: StoredField): FieldColumns {
  const name = `live ${field.name}`;
  switch (field.kind) {
    case 'scalar':
      return { kind: 'scalar', type: field.type, exact: name, key: name };
    case 'enum':
      return { kind: 'enum', type: field.type, exact: name, key: name, text: `${name} text` };
    case 'reference':
      return { kind: 'reference', target: field.target, column: name };
    case 'value': {
      const members = model.values.get(field.type)!.members.map((member) => [member.name, memberColumns(name, member)]);
      return { kind: 'value', type: field.type, members: new Map(members as [string, ScalarColumns | EnumColumns][]) };
    }
  }
}

function memberColumns(field: string, member: ScalarMember | EnumMember): ScalarColumns | EnumColumns {
  const name = `${field} ${member.name}`;
  return { ...member, exact: name, key: name } as ScalarColumns | EnumColumns;
}
