/** One request under way: its variables, its moment, what it found stale, and the errors of its answer. */
import { type FieldNode, type GraphQLError, getArgumentValues } from 'graphql';
import type { Freshness, Graph } from './graph.ts';
import { streamId } from './graph.ts';
import type { BoundList, LevelLive } from './levels.ts';
import type { ArgumentsPlan, StalenessPlan } from './plan.ts';
import { located } from './writer.ts';

export interface Degraded {
  readonly code: string;
  readonly connection: string;
  readonly paths: (readonly (string | number)[])[];
  /** The oldest of the values served. */
  observedAt: string | null;
}

/** What `extensions.isthmus` tells of a request. */
export interface ReadReport {
  /** By connection: everything that its systems showed until then is in the lists of this answer. */
  readonly asOf: Readonly<Record<string, string | null>>;
  readonly degraded?: readonly Degraded[];
}

export class Run {
  readonly graph: Graph;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly now: number;
  /** Where the writer stands in the answer. */
  readonly path: (string | number)[] = [];
  readonly errors: GraphQLError[] = [];
  /** Lists by slot, understood before anything is read. */
  lists: readonly (BoundList | undefined)[] = [];
  /** Known once a level needed it. */
  freshness: Freshness | undefined;
  /** Connections that were relied on under `@maxStaleness`. */
  readonly relied = new Set<string>();
  readonly #arguments = new Map<ArgumentsPlan, Readonly<Record<string, unknown>>>();
  readonly #degraded = new Map<string, Degraded>();

  constructor(graph: Graph, variables: Readonly<Record<string, unknown>>) {
    this.graph = graph;
    this.variables = variables;
    this.now = graph.store.clock();
  }

  /** Throws as graphql-js does where a variable does not fit. */
  argumentsOf(plan: ArgumentsPlan): Readonly<Record<string, unknown>> {
    if (plan.constant) return plan.constant;
    let values = this.#arguments.get(plan);
    if (!values) {
      values = getArgumentValues(plan.field, plan.node, this.variables);
      this.#arguments.set(plan, values);
    }
    return values;
  }

  /** Seconds; undefined where nothing was said. */
  secondsOf(plan: StalenessPlan): number | undefined {
    let least: number | undefined;
    for (const one of plan) {
      const seconds = typeof one === 'number' ? one : (this.variables[one.variable] as number | undefined);
      if (seconds !== undefined && (least === undefined || seconds < least)) least = seconds;
    }
    return least;
  }

  freshThrough(connection: string, stream: string): number | undefined {
    return this.freshness?.get(streamId(connection, stream));
  }

  fail(error: unknown, key: string, nodes: readonly FieldNode[]): void {
    this.errors.push(located(error, [...this.path, key], nodes));
  }

  /** The writer stands on an object whose row is served although its system is down. */
  noteDegraded(live: LevelLive, index: number): void {
    for (const { key, connection, code, observedAt, error } of live.degraded.get(index) ?? []) {
      const path = [...this.path, key];
      if (observedAt === null) {
        this.errors.push(located(error, path, []));
        continue;
      }
      const id = `${connection} ${code}`;
      const moment = new Date(observedAt).toISOString();
      const entry = this.#degraded.get(id) ?? { code, connection, paths: [], observedAt: moment };
      entry.paths.push(path);
      if (entry.observedAt === null || moment < entry.observedAt) entry.observedAt = moment;
      this.#degraded.set(id, entry);
    }
  }

  /** Undefined where nobody asked for freshness. */
  report(): ReadReport | undefined {
    if (this.relied.size === 0) return undefined;
    const asOf: Record<string, string | null> = {};
    for (const connection of [...this.relied].sort()) asOf[connection] = this.#asOf(connection);
    return { asOf, ...(this.#degraded.size > 0 && { degraded: [...this.#degraded.values()] }) };
  }

  #asOf(connection: string): string | null {
    let least: number | undefined;
    for (const [id, through] of this.freshness ?? [])
      if (id.startsWith(`${connection} `) && (least === undefined || through < least)) least = through;
    return least === undefined ? null : new Date(least).toISOString();
  }
}
