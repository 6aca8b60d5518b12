import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { logLevel } from 'kafkajs';
import { withAdmin } from './kafka-admin.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

test('brokers that take the line and never answer are given up, and their lines with them', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await once(server, 'listening');
  const opened = once(server, 'connection');
  const { port } = server.address() as AddressInfo;
  const config = { brokers: [`127.0.0.1:${port}`], retry: { retries: 1 }, logLevel: logLevel.NOTHING };
  const asking = withAdmin(config, (admin) => admin.listTopics(), 300);
  const [line] = await opened;
  line.resume();
  await expect(asking).rejects.toMatchObject({ code: 'TRANSIENT', message: expect.stringContaining('300 ms') });
  if (!line.closed) await once(line, 'close');
});
