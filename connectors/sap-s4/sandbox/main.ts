import { runSandboxProcess } from 'isthmus/sdk/testing';
import { startSapS4 } from './start.ts';

await runSandboxProcess(startSapS4);
