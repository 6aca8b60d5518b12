/**
 * Runs the command given as arguments and ends it, at the latest, when the pipe to its own parent closes: a test run
 * that is killed leaves no server behind. At SIGHUP it asks the command to end by itself.
 */
import { spawn } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
const [uid, gid] = (process.env.KEPT_AS ?? '').split(':').map(Number);
const user = process.env.KEPT_AS ? { uid: uid!, gid: gid! } : {};
const child = spawn(command!, args, { stdio: ['ignore', 'inherit', 'inherit'], ...user });
const end = () => child.kill('SIGKILL');
process.stdin.once('end', end).once('close', end).once('error', end).resume();
process.once('SIGTERM', end);
process.once('SIGINT', end);
process.once('SIGHUP', () => child.kill('SIGTERM'));
child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
child.once('exit', (code) => process.exit(code ?? 0));
