import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ConfigError } from '#sdk';

export interface StoreLock {
  release(): void;
}

/**
 * Only one process writes in a folder. The lock is the operating system's on an open file, so it ends with its
 * process, however that ends; the pid beside it is only for the message.
 */
export function lockFolder(folder: string): StoreLock {
  const pidFile = join(folder, 'hub.pid');
  const lock = new Database(join(folder, 'hub.lock'), { timeout: 200 });
  try {
    lock.pragma('journal_mode = delete');
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new ConfigError(
      `Another hub${holder(pidFile)} already uses the data folder ${folder}. Stop it, or set another store.folder.`,
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return {
    release() {
      rmSync(pidFile, { force: true });
      lock.close();
    },
  };
}

function holder(pidFile: string): string {
  try {
    return ` (process ${readFileSync(pidFile, 'utf8').trim()})`;
  } catch {
    return '';
  }
}

export function isBusy(error: unknown): boolean {
  const code = (error as { readonly code?: unknown }).code;
  return typeof code === 'string' && (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'));
}
