/** Another thread on the same connection: background calls, as capture makes them. */
import { parentPort, workerData } from 'node:worker_threads';
import { openConnections } from '#connections';
import { testConnector } from './capture-system.ts';

const { settings, shared, calls } = workerData;
const connections = openConnections({ erp: testConnector(settings) }, { shared, participant: 1 });
parentPort?.once('message', async () => {
  const call = () => connections.get('erp').call({ priority: 'background' }, (http) => http.json({ path: 'slowly' }));
  await Promise.all(Array.from({ length: calls }, call));
  await connections.close();
  parentPort?.postMessage('done');
});
parentPort?.postMessage('ready');
