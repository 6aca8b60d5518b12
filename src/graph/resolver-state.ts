/** What the resolvers of one request share: its run, and loaders that read a level for all objects of the moment. */
import DataLoader from 'dataloader';
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import type { CollectionField, Entity } from '#model';
import type { FieldColumns } from '#store';
import type { Graph } from './graph.ts';
import type { Level, ListLevel } from './levels.ts';
import type { PageArguments } from './page.ts';
import type { EntityPlan, ListPlan } from './plan.ts';
import { completeLevel, readList, readRows } from './read-levels.ts';
import { type ReadReport, Run } from './run.ts';
import { type WidePlan, widePlan } from './wide-plan.ts';

/** One object as graphql-js hands it on. */
export interface ObjectSource {
  readonly level: Level;
  readonly index: number;
  readonly seconds: number | undefined;
}

/** One connection: rows and count are read when asked for. */
export interface ListSource {
  readonly entity: Entity;
  readonly seconds: number | undefined;
  rows(): Promise<{ readonly list: ListLevel; readonly parent: number }>;
  count(): Promise<number>;
}

export class ResolverState {
  readonly graph: Graph;
  readonly run: Run;
  readonly #loaders = new Map<string, DataLoader<string, unknown>>();
  readonly #plans = new Map<string, WidePlan>();

  constructor(graph: Graph, variables: Readonly<Record<string, unknown>>) {
    this.graph = graph;
    this.run = new Run(graph, variables);
  }

  plan(entity: Entity, seconds: number | undefined): WidePlan {
    const key = `${entity.name} ${seconds}`;
    let plan = this.#plans.get(key);
    if (!plan) {
      plan = widePlan(this.graph, this.graph.store.layout.entities.get(entity.name)!, seconds);
      this.#plans.set(key, plan);
    }
    return plan;
  }

  /** An object by the surviving id in a reference: a stub where it was never observed. */
  reference(entity: Entity, id: string, seconds: number | undefined): Promise<ObjectSource> {
    const plan = this.plan(entity, seconds);
    return this.#loader(`${entity.name} ${seconds}`, async (ids) => {
      const level = await completeLevel(this.run, plan, await readRows(this.run, plan, ids));
      return ids.map((_, index): ObjectSource => ({ level, index, seconds }));
    }).load(id) as Promise<ObjectSource>;
  }

  list(entity: Entity, args: PageArguments, seconds: number | undefined, below?: Below): ListSource {
    const via = below && (this.#layoutOf(entity).get(below.field.via) as FieldColumns & { kind: 'reference' }).column;
    const name = JSON.stringify([entity.name, via, args, seconds]);
    // Refused arguments are an error of the list itself.
    this.graph.pages.page(entity, via, args);
    const load = (what: 'rows' | 'count', plan: EntityPlan | undefined) =>
      this.#loader(`${what} ${name}`, async (parents) => {
        const page = this.graph.pages.page(entity, via, args);
        const bound = {
          plan: { targets: plan ? [plan] : [] } as unknown as ListPlan,
          page,
          rows: plan ? [this.graph.pages.rows(page, plan.columns, true, page.size + 1)] : [],
          ...(!plan && { count: this.graph.pages.count(page) }),
        };
        const list = await readList(this.run, bound, below && { count: parents.length, json: JSON.stringify(parents) });
        return parents.map((_, parent) => (plan ? { list, parent } : list.counts![parent]));
      }).load(below?.id ?? '');
    return {
      entity,
      seconds,
      rows: () => load('rows', this.plan(entity, seconds)) as ReturnType<ListSource['rows']>,
      count: () => load('count', undefined) as Promise<number>,
    };
  }

  #layoutOf(entity: Entity): ReadonlyMap<string, FieldColumns> {
    return this.graph.store.layout.entities.get(entity.name)!.fields;
  }

  #loader(name: string, read: (keys: readonly string[]) => Promise<readonly unknown[]>): DataLoader<string, unknown> {
    let loader = this.#loaders.get(name);
    if (!loader) {
      loader = new DataLoader<string, unknown>(async (keys) => [...(await read(keys))]);
      this.#loaders.set(name, loader);
    }
    return loader;
  }
}

interface Below {
  readonly field: CollectionField;
  readonly id: string;
}

const states = new WeakMap<object, ResolverState>();

/** By the request's context; without one, by its variables, which graphql-js makes anew for every execution. */
export function stateOf(graph: Graph, context: unknown, info: GraphQLResolveInfo): ResolverState {
  const key = typeof context === 'object' && context !== null ? context : info.variableValues;
  let state = states.get(key);
  if (!state) {
    state = new ResolverState(graph, info.variableValues);
    states.set(key, state);
  }
  return state;
}

export function reportOf(context: object): ReadReport | undefined {
  return states.get(context)?.run.report();
}

/** What is null although a system should know it is an error, as the compiled executor reports it. */
export function failureAt({ level, index }: ObjectSource, key: string): Error | undefined {
  const failed = level.live?.degraded.get(index)?.find((one) => one.key === key && one.observedAt === null);
  return failed && new GraphQLError((failed.error as Error).message, { originalError: failed.error as Error });
}
