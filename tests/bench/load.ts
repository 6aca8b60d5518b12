import autocannon from 'autocannon';
import { median } from './result.ts';

/** Where a query is answered, and how it is asked. */
export interface Target {
  readonly url: string;
  readonly query: string;
}

export interface Load {
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second; as many as possible when absent. */
  readonly rate?: number;
}

export interface Measured {
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export async function measure(target: Target, load: Load): Promise<Measured> {
  const found = await autocannon({
    ...request(target),
    connections: load.connections,
    duration: load.seconds,
    timeout: 30,
    ...(load.rate === undefined ? {} : { overallRate: load.rate }),
  });
  if (found.errors + found.timeouts + found.non2xx > 0)
    throw new Error(`${target.url}: ${found.errors} errors, ${found.timeouts} time-outs, ${found.non2xx} refusals`);
  return {
    requestsPerSecond: found.requests.total / found.duration,
    p50: found.latency.p50,
    p99: found.latency.p99,
  };
}

export async function sendRequests(target: Target, amount: number, connections = 4): Promise<void> {
  const found = await autocannon({ ...request(target), connections, amount, timeout: 30 });
  if (found.errors + found.non2xx > 0) throw new Error(`${found.errors} errors, ${found.non2xx} refusals`);
}

/** In turns, so that what else the machine does hits both alike; the median round counts. */
export async function compare(
  value: Target,
  floor: Target,
  load: Load & { readonly rounds: number },
): Promise<{ readonly value: number; readonly floor: number; readonly p99: number }> {
  await measure(value, { ...load, seconds: 2 });
  await measure(floor, { ...load, seconds: 2 });
  const rounds: { value: Measured; floor: Measured }[] = [];
  for (let round = 0; round < load.rounds; round++) {
    rounds.push({ value: await measure(value, load), floor: await measure(floor, load) });
  }
  return {
    value: median(rounds.map((round) => round.value.requestsPerSecond)),
    floor: median(rounds.map((round) => round.floor.requestsPerSecond)),
    p99: median(rounds.map((round) => round.value.p99)),
  };
}

export async function bodyOf({ url, query }: Target): Promise<string> {
  const { body, headers, method } = request({ url, query });
  const response = await fetch(url, { method, headers, body });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.text();
}

function request({ url, query }: Target) {
  const headers = { 'content-type': 'application/json' };
  return { url, method: 'POST' as const, headers, body: JSON.stringify({ query }) };
}
