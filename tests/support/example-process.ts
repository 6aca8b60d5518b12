import { join } from 'node:path';
import { ROOT } from './build.ts';
import { plainEnvironment } from './hub-process.ts';
import { type StartedProcess, startProcess } from './started-process.ts';

/** An example of the documentation, in a process of its own, straight from its source. */
export function startExample(path: string, env: Readonly<Record<string, string>>): StartedProcess {
  const script = join(ROOT, 'examples', path);
  return startProcess(
    process.execPath,
    ['--conditions=isthmus-source', '--disable-warning=ExperimentalWarning', script],
    {
      env: plainEnvironment(env),
      cwd: ROOT,
    },
  );
}
