import { hubColumns, type WriteTx } from '#store';

/** The right to work on something until `expiresAt`; another epoch is another holder's. */
export interface WorkLease {
  readonly name: string;
  readonly holder: string;
  readonly epoch: number;
  readonly expiresAt: number;
}

const KEY = hubColumns('lease', 'name');

/** Undefined: somebody else holds it. */
export async function takeLease(
  tx: WriteTx,
  name: string,
  holder: string,
  now: number,
  ttlMs: number,
): Promise<WorkLease | undefined> {
  await tx.insertIgnore('lease', hubColumns('lease'), [[name, '', 0, 0]]);
  const [held] = await tx.lockIn('lease', ['holder', 'epoch', 'expires_at'], KEY, [[name]]);
  if (!held) throw new Error(`The lease ${name} is gone.`);
  if (held[0] !== holder && Number(held[2]) > now) return undefined;
  const lease = { name, holder, epoch: Number(held[1]) + 1, expiresAt: now + ttlMs };
  await tx.updateIn('lease', KEY, hubColumns('lease', 'holder', 'epoch', 'expires_at'), [
    [name, holder, lease.epoch, lease.expiresAt],
  ]);
  return lease;
}

/** Held until the transaction ends. Undefined: it was lost to somebody else. */
export async function keepLease(tx: WriteTx, lease: WorkLease, expiresAt: number): Promise<WorkLease | undefined> {
  const [held] = await tx.lockIn('lease', ['holder', 'epoch'], KEY, [[lease.name]]);
  if (held?.[0] !== lease.holder || Number(held[1]) !== lease.epoch) return undefined;
  await tx.updateIn('lease', KEY, hubColumns('lease', 'expires_at'), [[lease.name, expiresAt]]);
  return { ...lease, expiresAt };
}
