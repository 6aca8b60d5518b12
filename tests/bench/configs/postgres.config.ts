import { defineHub, secret } from 'isthmus/sdk';
import quiet from './quiet.config.ts';

export default defineHub({ ...quiet, store: { kind: 'postgresql', url: secret('BENCH_DATABASE_URL') } });
