import { runSandboxProcess } from 'isthmus/sdk/testing';
import { startTally } from './start.ts';

await runSandboxProcess(startTally);
