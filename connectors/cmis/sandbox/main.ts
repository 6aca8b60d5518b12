import { runSandboxProcess } from 'isthmus/sdk/testing';
import { startCmis } from './start.ts';

await runSandboxProcess(startCmis);
