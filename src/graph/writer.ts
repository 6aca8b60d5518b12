/** Levels as the text of an answer. What is written of a row was decided when its plan was compiled. */
import { GraphQLError } from 'graphql';
import type { Level, ListLevel, ListRows } from './levels.ts';
import { writeCursor } from './order.ts';
import type {
  ContentPlan,
  EdgeMember,
  EntityPlan,
  FieldPlan,
  ListMember,
  ListPlan,
  PageInfoMember,
  ProvenancePlan,
  ScalarPlan,
  TypenamePlan,
  ValuePlan,
} from './plan.ts';
import { jsonWriter, quote } from './row-values.ts';
import type { Run } from './run.ts';
import { contentUrl, provenanceOf } from './sources.ts';

/** No JSON text is empty: it says that a non-null value is missing, and whoever holds it has to be null instead. */
export const MISSING = '';

type Cell = (run: Run, level: Level, index: number) => string;

const writers = new WeakMap<EntityPlan, Cell>();

export function objectWriter(plan: EntityPlan): Cell {
  let writer = writers.get(plan);
  if (!writer) {
    writer = compileObject(plan);
    writers.set(plan, writer);
  }
  return writer;
}

function compileObject(plan: EntityPlan): Cell {
  const prefixes = plan.fields.map((field, at) => prefix(field.key, at));
  const cells = plan.fields.map((field) => cellWriter(field));
  const count = cells.length;
  if (count === 0) return () => '{}';
  return (run, level, index) => {
    if (level.live !== undefined) run.noteDegraded(level.live, index);
    let text = '';
    for (let at = 0; at < count; at++) {
      const cell = cells[at]!(run, level, index);
      if (cell === MISSING) return MISSING;
      text += prefixes[at]! + cell;
    }
    return `${text}}`;
  };
}

function prefix(key: string, at: number): string {
  return `${at === 0 ? '{' : ','}"${key}":`;
}

function cellWriter(field: FieldPlan): Cell {
  switch (field.kind) {
    case 'typename':
      return constant(field);
    case 'scalar':
      return scalar(field);
    case 'value':
      return value(field);
    case 'reference':
      return (run, level, index) => {
        const { level: target, links } = level.references[field.index]!;
        const at = links[index]!;
        if (at < 0) return 'null';
        run.path.push(field.key);
        const text = objectWriter(field.target)(run, target, at);
        run.path.pop();
        return text === MISSING ? 'null' : text;
      };
    case 'collection': {
      const write = listWriter(field.list);
      return (run, level, index) => write(run, level.lists[field.index]!, index);
    }
    case 'provenance':
      return provenance(field);
    case 'content':
      return content(field);
  }
}

function constant(field: TypenamePlan): Cell {
  const text = `"${field.name}"`;
  return () => text;
}

function scalar({ at, type }: ScalarPlan): Cell {
  const write = jsonWriter(type);
  return (_run, level, index) => {
    const column = level.rows[index]![at]!;
    return column === null ? 'null' : write(column);
  };
}

function value(field: ValuePlan): Cell {
  const prefixes = field.members.map((member, at) => prefix(member.key, at));
  const cells = field.members.map((member) => (member.kind === 'scalar' ? scalar(member) : constant(member)));
  const { required, presence } = field;
  return (run, level, index) => {
    const row = level.rows[index]!;
    for (const at of required) if (row[at] === null) return 'null';
    if (required.length === 0 && presence.every((at) => row[at] === null)) return 'null';
    if (cells.length === 0) return '{}';
    let text = '';
    for (let at = 0; at < cells.length; at++) text += prefixes[at]! + cells[at]!(run, level, index);
    return `${text}}`;
  };
}

function provenance(field: ProvenancePlan): Cell {
  return (run, level, index) => {
    let wanted: readonly string[] | undefined;
    try {
      wanted = run.argumentsOf(field.arguments).fields as readonly string[] | undefined;
    } catch (error) {
      run.fail(error, field.key, [field.arguments.node]);
      return MISSING;
    }
    const entries = provenanceOf(run, level, index, wanted ?? undefined);
    const written = entries.map((entry) => {
      const members = field.members.map((member, at) => {
        const text = member.name === '__typename' ? '"FieldProvenance"' : JSON.stringify(entry[member.name as 'field']);
        return prefix(member.key, at) + text;
      });
      return members.length === 0 ? '{}' : `${members.join('')}}`;
    });
    return `[${written.join(',')}]`;
  };
}

function content(_field: ContentPlan): Cell {
  return (run, level, index) => {
    const url = contentUrl(run, level, index);
    return url === null ? 'null' : quote(url);
  };
}

/** `parent`: its row, 0 at the root. */
export type ListWriter = (run: Run, list: ListLevel, parent: number) => string;

const listWriters = new WeakMap<ListPlan, ListWriter>();

export function listWriter(plan: ListPlan): ListWriter {
  let writer = listWriters.get(plan);
  if (!writer) {
    writer = compileList(plan);
    listWriters.set(plan, writer);
  }
  return writer;
}

function compileList(plan: ListPlan): ListWriter {
  const prefixes = plan.members.map((member, at) => prefix(member.key, at));
  const members = plan.members.map((member) => memberWriter(plan, member));
  return (run, list, parent) => {
    if (list.bound.error) {
      run.fail(list.bound.error, plan.key, plan.nodes);
      return MISSING;
    }
    if (members.length === 0) return '{}';
    run.path.push(plan.key);
    let text = '';
    for (let at = 0; at < members.length; at++) {
      const member = members[at]!(run, list, parent);
      if (member === MISSING) {
        run.path.pop();
        return MISSING;
      }
      text += prefixes[at]! + member;
    }
    run.path.pop();
    return `${text}}`;
  };
}

function memberWriter(plan: ListPlan, member: ListMember): ListWriter {
  switch (member.kind) {
    case 'typename':
      return () => `"${member.name}"`;
    case 'totalCount':
      return (_run, list, parent) => String(list.counts![parent]);
    case 'nodes':
      return nodes(plan, member.key, member.target);
    case 'edges':
      return edges(plan, member.key, member.members);
    case 'pageInfo':
      return pageInfo(member.members);
  }
}

function nodes(plan: ListPlan, key: string, target: number): ListWriter {
  const write = objectWriter(plan.targets[target]!);
  return (run, list, parent) => {
    const { level, starts } = list.targets[target]!;
    const start = starts[parent]!;
    const end = starts[parent + 1]!;
    if (start === end) return '[]';
    run.path.push(key, 0);
    const last = run.path.length - 1;
    let text = '';
    for (let at = start; at < end; at++) {
      run.path[last] = at - start;
      const node = write(run, level, at);
      if (node === MISSING) {
        run.path.length = last - 1;
        return MISSING;
      }
      text += (at === start ? '[' : ',') + node;
    }
    run.path.length = last - 1;
    return `${text}]`;
  };
}

function edges(plan: ListPlan, key: string, members: readonly EdgeMember[]): ListWriter {
  const prefixes = members.map((member, at) => prefix(member.key, at));
  const first = members.find((member) => member.kind === 'node')?.target ?? 0;
  const cells = members.map((member): ((run: Run, rows: ListRows, list: ListLevel, at: number) => string) => {
    if (member.kind === 'typename') return () => `"${member.name}"`;
    if (member.kind === 'cursor') return (_run, rows, list, at) => `"${cursorAt(list, rows, at)}"`;
    const write = objectWriter(plan.targets[member.target]!);
    return (run, _rows, list, at) => {
      run.path.push(member.key);
      const text = write(run, list.targets[member.target]!.level, at);
      run.path.pop();
      return text;
    };
  });
  return (run, list, parent) => {
    const rows = list.targets[first]!;
    const start = rows.starts[parent]!;
    const end = rows.starts[parent + 1]!;
    if (start === end) return '[]';
    run.path.push(key, 0);
    const last = run.path.length - 1;
    let text = '[';
    for (let at = start; at < end; at++) {
      run.path[last] = at - start;
      if (at > start) text += ',';
      for (let cell = 0; cell < cells.length; cell++) {
        const written = cells[cell]!(run, rows, list, at);
        if (written === MISSING) {
          run.path.length = last - 1;
          return MISSING;
        }
        text += prefixes[cell]! + written;
      }
      text += cells.length === 0 ? '{}' : '}';
    }
    run.path.length = last - 1;
    return `${text}]`;
  };
}

export function cursorAt(list: ListLevel, rows: ListRows, at: number): string {
  const page = list.bound.page!;
  return writeCursor(page.hash, rows.level.rows[at]!.slice(rows.keysAt, rows.keysAt + page.keyCount));
}

function pageInfo(members: readonly PageInfoMember[]): ListWriter {
  const prefixes = members.map((member, at) => prefix(member.key, at));
  return (_run, list, parent) => {
    let text = members.length === 0 ? '{' : '';
    members.forEach((member, at) => {
      text += prefixes[at]! + (member.kind === 'typename' ? '"PageInfo"' : pageInfoText(list, parent, member.kind));
    });
    return `${text}}`;
  };
}

function pageInfoText(list: ListLevel, parent: number, kind: Exclude<PageInfoMember['kind'], 'typename'>): string {
  const found = pageInfoValue(list, parent, kind);
  return typeof found === 'string' ? `"${found}"` : String(found);
}

export function pageInfoValue(
  list: ListLevel,
  parent: number,
  kind: Exclude<PageInfoMember['kind'], 'typename'>,
): string | boolean | null {
  const rows = list.targets[0]!;
  const page = list.bound.page!;
  const start = rows.starts[parent]!;
  const end = rows.starts[parent + 1]!;
  switch (kind) {
    case 'hasNextPage':
      return page.isBackward ? page.before !== undefined : rows.hasMore[parent] === 1;
    case 'hasPreviousPage':
      return page.isBackward ? rows.hasMore[parent] === 1 : page.after !== undefined;
    case 'startCursor':
      return start === end ? null : cursorAt(list, rows, start);
    case 'endCursor':
      return start === end ? null : cursorAt(list, rows, end - 1);
  }
}

export function located(error: unknown, path: readonly (string | number)[], nodes: readonly unknown[]): GraphQLError {
  const from = error instanceof GraphQLError ? error : undefined;
  return new GraphQLError((error as Error).message, {
    nodes: nodes as never,
    path,
    originalError: from ? from.originalError : (error as Error),
    extensions: from?.extensions,
  });
}
