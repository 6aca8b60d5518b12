/**
 * Fills in what the README quotes: the answer of a real hub over the demo enterprise, and the demo's config.
 * Run with: node --conditions=isthmus-source tests/support/print-readme.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackage, ROOT } from './build.ts';
import { startDemoSystems } from './demo-systems.ts';
import { startHubProcess } from './hub-process.ts';
import { printJson, quotedAnswer, README } from './readme.ts';

/** URLs are as a hub on its usual port would give them, and their signatures cut short. */
function shortened(text: string): string {
  return text
    .replace(/http:\/\/127\.0\.0\.1:\d+\/content\/([\w-]{8})[\w.-]*/g, 'http://127.0.0.1:4000/content/$1…')
    .replace(/("endCursor": "[\w-]{8})[^"]*"/, '$1…"');
}

await buildPackage();
const systems = await startDemoSystems();
try {
  const config = join(ROOT, 'isthmus.config.ts');
  const hub = await startHubProcess({ config, data: join(systems.folder, 'hub'), env: systems.env });
  await hub.ready();
  const text = readFileSync(README, 'utf8');
  const [, query = ''] = /```graphql\n([\s\S]*?)```/.exec(text) ?? [];
  const answer = shortened(printJson(quotedAnswer({ data: await hub.ask(query) })));
  await hub.stop();
  const filled = text
    .replace(/@@ANSWER@@|```json\n[\s\S]*?\n```/, () => `\`\`\`json\n${answer}\n\`\`\``)
    .replace(/@@CONFIG@@|```ts\n[\s\S]*?\n```/, () => `\`\`\`ts\n${readFileSync(config, 'utf8').trim()}\n\`\`\``);
  writeFileSync(README, filled);
} finally {
  await systems.stop();
}
