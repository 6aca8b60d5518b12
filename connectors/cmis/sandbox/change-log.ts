import { wholeNumber } from './object-json.ts';
import { refuse } from './refusal.ts';
import type { Repository } from './repository.ts';

/** Tokens are the commit numbers. A start token is inclusive: the first event is the one that it names. */
export function contentChanges(
  repository: Repository,
  control: (name: string) => string | undefined,
): Record<string, unknown> {
  const { commits } = repository.store;
  const token = control('changeLogToken');
  if (token !== undefined && !(/^\d+$/.test(token) && Number(token) <= commits.last)) {
    refuse('invalidArgument', `The change log token ${token} is unknown.`);
  }
  const maxItems = wholeNumber(control('maxItems'), 1000, 'maxItems');
  const found = commits.entries({ since: Math.max(0, Number(token ?? 0) - 1), limit: maxItems + 1 });
  const page = found.slice(0, maxItems);
  const objects = page.map((commit) => {
    const row = (commit.after ?? commit.before)!;
    const shown = Object.fromEntries(
      ['cmis:objectId', 'cmis:objectTypeId', 'cmis:baseTypeId'].map((id) => [id, row[id]]),
    );
    const changeType = `${commit.operation}d`;
    return { succinctProperties: shown, changeEventInfo: { changeType, changeTime: Date.parse(commit.at) } };
  });
  return {
    objects,
    hasMoreItems: found.length > page.length,
    numItems: objects.length,
    changeLogToken: String(page.at(-1)?.sequence ?? token ?? commits.last),
  };
}
