/**
 * A service without a broker and without a database: it prints what changes, and knows from a file where it stands.
 *
 * Run with: HUB_URL=http://127.0.0.1:4000 node examples/consume-http/service.ts
 */
import { consume, fileLedger, hub } from 'isthmus/consume';

const { HUB_URL = 'http://127.0.0.1:4000', LEDGER = '.consumer/ledger.jsonl', PREFIX = 'isthmus' } = process.env;

const ledger = await fileLedger(LEDGER);
const consumer = await consume({
  source: hub({ url: HUB_URL }),
  prefix: PREFIX,
  entities: ['Customer', 'Product'],
  ledger,
  handle(event) {
    if (event.kind !== 'change') return;
    const { entity, key, sequence, op } = event;
    const more = event.entity === 'Product' ? event.after?.unit : event.after?.number;
    console.log(`${entity} ${key} ${sequence} ${op} ${event.after?.name ?? ''} ${more ?? ''}`);
  },
  onNotice: (notice) => console.error(notice.kind),
});

process.once('SIGTERM', async () => {
  await consumer.stop();
  await ledger.close?.();
});
consumer.failed.catch((error) => {
  console.error(`${error.code}: ${error.message}`);
  process.exit(1);
});
