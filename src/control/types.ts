import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';

export const HubStreamPhase = { WAITING: 'waiting', SNAPSHOT: 'snapshot', CHANGES: 'changes' } as const;
export type HubStreamPhase = (typeof HubStreamPhase)[keyof typeof HubStreamPhase];
registerEnumType(HubStreamPhase, {
  name: 'HubStreamPhase',
  description: 'Where capture stands in a stream.',
  valuesConfig: {
    WAITING: { description: 'Nothing has been read yet.' },
    SNAPSHOT: { description: 'The first complete read is under way.' },
    CHANGES: { description: 'The snapshot is complete; changes are followed.' },
  },
});

@ObjectType({ description: 'One kind of source record that a connection reads.' })
export class HubStream {
  @Field(() => String, { description: "The stream's name in its connector's manifest." })
  name!: string;

  @Field(() => String)
  title!: string;

  @Field(() => [String], { description: 'Canonical entities that its records yield.' })
  entities!: string[];

  @Field(() => HubStreamPhase)
  phase!: HubStreamPhase;

  @Field(() => Int, { description: 'Source records held.' })
  records!: number;

  @Field(() => Date, {
    nullable: true,
    description:
      'Every change made in the system before this moment is in the hub; null before the first complete read.',
  })
  freshThrough!: Date | null;

  @Field(() => String, { nullable: true, description: 'Class of the last failure; null when the last run went well.' })
  errorCode!: string | null;

  @Field(() => String, { nullable: true, description: 'What failed and what to do.' })
  errorMessage!: string | null;

  @Field(() => Int, {
    description: 'Deletions found by a sweep that wait for approval, since they are more than the set share.',
  })
  heldDeletions!: number;

  @Field(() => Int, {
    description:
      'Payment card numbers that were found in what the stream delivered, and masked before it was stored. They do not belong there: clean up the system.',
  })
  maskedCardNumbers!: number;
}

@ObjectType({ description: 'One configured instance of an outside system.' })
export class HubConnection {
  @Field(() => String, { description: "Its name in the hub's config." })
  name!: string;

  @Field(() => String, { description: "The product, by its connector's title." })
  product!: string;

  @Field(() => String, { description: 'erp, crm, records, …' })
  category!: string;

  @Field(() => [HubStream])
  streams!: HubStream[];
}

@ObjectType({
  description: 'A source record that could not be taken in. Its raw bytes are kept in the store, not shown here.',
})
export class HubSetAsideRecord {
  @Field(() => String)
  connection!: string;

  @Field(() => String)
  stream!: string;

  @Field(() => String, { description: "The record's key; `(no key)` and a hash where it came without one." })
  sourceId!: string;

  @Field(() => String)
  code!: string;

  @Field(() => String)
  reason!: string;

  @Field(() => Date)
  at!: Date;
}
