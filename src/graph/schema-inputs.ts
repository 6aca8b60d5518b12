import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLID,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
} from 'graphql';
import type { Entity, EnumMember, Field, Model, ScalarMember, ValueType } from '#model';
import {
  changeFilterName,
  filterName,
  isSearchable,
  isTold,
  listFilterName,
  orderName,
  referenceIdName,
} from './names.ts';
import { DateScalar, DateTimeScalar, DecimalScalar } from './scalars.ts';

export const SortDirection = new GraphQLEnumType({
  name: 'SortDirection',
  description: 'Null counts as the smallest value: first with ASC, last with DESC.',
  values: { ASC: { description: 'Smallest first.' }, DESC: { description: 'Largest first.' } },
});

const TEXT =
  'Text is compared without regard to case, accents and width (NFKC), as lists are sorted; so `eq: "muller"` finds "Müller".';
const NULLS = '`ne` and `not` include nulls; ask for nulls with `isNull`.';

const listOf = (type: GraphQLInputType) => new GraphQLList(new GraphQLNonNull(type));

function comparisons(name: string, type: GraphQLInputType, kind: 'ordered' | 'equal' | 'text', note?: string) {
  const fields: GraphQLInputFieldConfigMap = {
    eq: { type, description: 'Equal.' },
    ne: { type, description: 'Not equal, or null.' },
    in: { type: listOf(type), description: 'Equal to one of these; of none, when the list is empty.' },
  };
  if (kind !== 'equal') {
    fields.lt = { type, description: 'Less than.' };
    fields.lte = { type, description: 'Less than or equal.' };
    fields.gt = { type, description: 'Greater than.' };
    fields.gte = { type, description: 'Greater than or equal.' };
  }
  if (kind === 'text') {
    fields.contains = { type, description: 'Has this text somewhere in it. `%` and `_` stand for themselves.' };
    fields.startsWith = { type, description: 'Begins with this text.' };
  }
  fields.isNull = { type: GraphQLBoolean, description: 'Null, or unknown to the hub (true); has a value (false).' };
  return new GraphQLInputObjectType({
    name: filterName(name),
    description: [`All conditions given must hold. ${NULLS}`, note].filter(Boolean).join(' '),
    fields,
  });
}

/** The input types of one graph: a filter and an order for every entity and value, made on demand. */
export class Inputs {
  readonly #model: Model;
  readonly #enums: ReadonlyMap<string, GraphQLEnumType>;
  readonly #made = new Map<string, GraphQLInputObjectType>();

  constructor(model: Model, enums: ReadonlyMap<string, GraphQLEnumType>) {
    this.#model = model;
    this.#enums = enums;
  }

  filterOf(entity: Entity): GraphQLInputObjectType {
    return this.#once(filterName(entity.name), (name) => {
      const self: GraphQLInputObjectType = new GraphQLInputObjectType({
        name,
        description: `Which ${entity.plural}: all conditions given must hold; \`{}\` is true.`,
        fields: () => ({
          and: { type: listOf(self), description: 'All of these hold; `[]` is true.' },
          or: { type: listOf(self), description: 'At least one of these holds; `[]` is false.' },
          not: { type: self, description: 'This does not hold.' },
          id: {
            type: this.#scalar('ID'),
            description: 'The canonical id; an id that was merged into another counts as that one.',
          },
          ...this.#filterFields(entity.fields),
        }),
      });
      return self;
    });
  }

  /** Conditions that the values of one change can be judged by: those of lists, without what others would have to say. */
  changeFilterOf(entity: Entity): GraphQLInputObjectType {
    return this.#once(changeFilterName(entity.name), (name) => {
      const self: GraphQLInputObjectType = new GraphQLInputObjectType({
        name,
        description: [
          `Which changes of ${entity.plural}: all conditions given must hold of the values before, or of those after.`,
          'They are judged as those of lists are, by the values of the change alone: of a relation only the id is known.',
        ].join(' '),
        fields: () => ({
          and: { type: listOf(self), description: 'All of these hold; `[]` is true.' },
          or: { type: listOf(self), description: 'At least one of these holds; `[]` is false.' },
          not: { type: self, description: 'This does not hold.' },
          id: {
            type: this.#scalar('ID'),
            description:
              'The canonical id; an id that was merged when the subscription began counts as the surviving one.',
          },
          ...this.#changeFilterFields(entity.fields.filter(isTold).filter(isSearchable)),
        }),
      });
      return self;
    });
  }

  orderOf(entity: Entity): GraphQLInputObjectType {
    return this.#once(
      orderName(entity.name),
      (name) =>
        new GraphQLInputObjectType({
          name,
          description: `One sort key of ${entity.plural}; list several for ties. Null counts as the smallest value.`,
          isOneOf: true,
          fields: () => ({
            id: { type: SortDirection, description: 'By canonical id, that is by age.' },
            ...this.#orderFields(entity.fields),
          }),
        }),
    );
  }

  #filterFields(fields: readonly Field[]): GraphQLInputFieldConfigMap {
    const result: GraphQLInputFieldConfigMap = {};
    for (const field of fields.filter(isSearchable)) {
      result[field.name] = { type: this.#filterType(field), description: field.description };
      if (field.kind === 'enum')
        result[field.textName] = {
          type: this.#scalar('String'),
          description: `The system's own code, where no mapping knows it as a value of \`${field.name}\`.`,
        };
    }
    return result;
  }

  #changeFilterFields(fields: readonly Field[]): GraphQLInputFieldConfigMap {
    const { references = [], others = [] } = Object.groupBy(fields, ({ kind }) =>
      kind === 'reference' ? 'references' : 'others',
    );
    const ids = references.map((field) => [
      referenceIdName(field),
      { type: this.#scalar('ID'), description: `The canonical id of: ${field.description}` },
    ]);
    return { ...this.#filterFields(others), ...Object.fromEntries(ids) };
  }

  #filterType(field: Field): GraphQLInputObjectType {
    if (field.kind === 'scalar') return this.#scalar(field.type);
    if (field.kind === 'enum') return this.#enum(field.type);
    if (field.kind === 'value') return this.#value(this.#model.values.get(field.type)!);
    const target = this.#model.entities.get(field.target)!;
    if (field.kind === 'reference') return this.filterOf(target);
    return this.#once(
      listFilterName(target.name),
      (name) =>
        new GraphQLInputObjectType({
          name,
          description: `Conditions on related ${target.plural}.`,
          fields: () => ({
            some: { type: this.filterOf(target), description: 'At least one matches; `{}`: there is at least one.' },
            none: { type: this.filterOf(target), description: 'None matches; `{}`: there is none.' },
            every: { type: this.filterOf(target), description: 'None fails to match; true where there is none.' },
          }),
        }),
    );
  }

  #orderFields(fields: readonly Field[]): GraphQLInputFieldConfigMap {
    const result: GraphQLInputFieldConfigMap = {};
    for (const field of fields.filter(isSearchable)) {
      if (field.kind === 'collection') continue;
      const type =
        field.kind === 'reference'
          ? this.orderOf(this.#model.entities.get(field.target)!)
          : field.kind === 'value'
            ? this.#valueOrder(this.#model.values.get(field.type)!)
            : SortDirection;
      result[field.name] = { type, description: field.description };
    }
    return result;
  }

  #value(value: ValueType): GraphQLInputObjectType {
    return this.#once(filterName(value.name), (name) => {
      const note =
        value.name === 'Money' ? ' Amounts are compared as they stand, without conversion of currencies.' : '';
      return new GraphQLInputObjectType({
        name,
        description: `All conditions given must hold.${note}`,
        fields: () => ({
          ...Object.fromEntries(
            searchableMembers(value).map((member) => [
              member.name,
              {
                type: member.kind === 'enum' ? this.#enum(member.type) : this.#scalar(member.type),
                description: member.description,
              },
            ]),
          ),
          isNull: { type: GraphQLBoolean, description: 'Null, or unknown to the hub (true); has a value (false).' },
        }),
      });
    });
  }

  #valueOrder(value: ValueType): GraphQLInputObjectType {
    return this.#once(
      orderName(value.name),
      (name) =>
        new GraphQLInputObjectType({
          name,
          description: 'One sort key.',
          isOneOf: true,
          fields: () =>
            Object.fromEntries(
              searchableMembers(value).map((member) => [
                member.name,
                { type: SortDirection, description: member.description },
              ]),
            ),
        }),
    );
  }

  #enum(type: string): GraphQLInputObjectType {
    return this.#once(filterName(type), () =>
      comparisons(type, this.#enums.get(type)!, 'ordered', 'Values are ordered as they are declared.'),
    );
  }

  #scalar(type: string): GraphQLInputObjectType {
    return this.#once(filterName(type), () => {
      if (type === 'String') return comparisons(type, GraphQLString, 'text', TEXT);
      if (type === 'ID') return comparisons(type, GraphQLID, 'equal');
      if (type === 'Boolean') return comparisons(type, GraphQLBoolean, 'equal');
      const scalars = { Int: GraphQLInt, Decimal: DecimalScalar, DateTime: DateTimeScalar, Date: DateScalar };
      return comparisons(type, scalars[type as keyof typeof scalars], 'ordered');
    });
  }

  #once(name: string, make: (name: string) => GraphQLInputObjectType): GraphQLInputObjectType {
    const known = this.#made.get(name);
    if (known) return known;
    const made = make(name);
    this.#made.set(name, made);
    return made;
  }
}

export function searchableMembers(value: ValueType): readonly (ScalarMember | EnumMember)[] {
  return value.members.filter((member) => member.kind === 'enum' || member.type !== 'JSON');
}
