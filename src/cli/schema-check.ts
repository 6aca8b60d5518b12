/**
 * `npm run schema:check`: fails when what the code prints breaks consumers of what was released. With `--release` it
 * keeps what the code prints as released with the version in package.json. `--history` names another folder of releases.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { eventContract } from '#events';
import { publishedGraph } from '#graph';
import { loadCanonicalModel } from '#model';
import { checkSchemas } from './check-schemas.ts';
import { HISTORY, packageVersion, publishedEvents } from './event-files.ts';
import { bareGraph } from './graph-changes.ts';
import { keepRelease, readReleases } from './releases.ts';

const { values: options } = parseArgs({
  options: { release: { type: 'boolean' }, history: { type: 'string', default: HISTORY } },
});
const model = loadCanonicalModel();
const releases = readReleases(options.history);
const now = { contract: eventContract(publishedEvents(model)), graph: publishedGraph(model) };
const problem = await checkSchemas(now, releases);
if (problem !== undefined) {
  console.error(problem);
  process.exitCode = 1;
} else if (options.release) {
  const version = packageVersion();
  keepRelease(options.history, { version, ...now, graph: bareGraph(now.graph) });
  console.log(`Kept what is released as ${version} in ${join(options.history, version)}.`);
} else {
  console.log(
    `Events and graph are compatible with ${releases.map(({ version }) => version).join(', ') || 'nothing: there is no release'}.`,
  );
}
