/** A hub in a process of its own, made to be killed: `node capture-kill-main.ts <url> <folder>`. */
import { TestHub } from './capture-hub.ts';

const [url, folder] = process.argv.slice(2);
const hub = await TestHub.start(url!, { streams: ['items', 'notes'] }, { kind: 'sqlite', folder: folder! });
process.once('disconnect', () => void hub.stop().finally(() => process.exit(0)));
process.send?.('started');
