import { runSandboxProcess } from 'isthmus/sdk/testing';
import { type SalesforceSandboxOptions, startSalesforce } from './start.ts';

await runSandboxProcess<SalesforceSandboxOptions>(startSalesforce);
