import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { preparedOnce, runTool } from '../downloads.ts';

const LIBRARY = '/usr/share/request-tracker5/lib';
export const RT_SERVER = '/usr/share/request-tracker5/libexec/rt-server';
/** What Debian's package makes when it is installed. */
const FIRST_DATABASE = '/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb';
export const CUSTOMER_FIELD = 'Customer number';

const ANSWERS = [
  'rtname string rt.test',
  'organization string rt.test',
  'webpath string',
  'webbaseurl string http://127.0.0.1',
  'initial-root-password password RootPass-1',
  'initial-root-password-again password RootPass-1',
  'install-cronjobs boolean false',
].map((answer) => `request-tracker5 request-tracker5/${answer}`);

/**
 * Tokens of the superuser and of a clerk who may see the queue General alone, and a custom field of all tickets. Nobody
 * is told of a new ticket: to find out whom takes three times as long as to make it.
 */
const PREPARE = `use lib "${LIBRARY}"; use RT -init;
my $root = RT::CurrentUser->new; $root->Load("root");
my $field = RT::CustomField->new($root);
my ($ok, $why) = $field->Create(Name => "${CUSTOMER_FIELD}", Type => "FreeformSingle", LookupType => RT::Ticket->CustomFieldLookupType);
die $why unless $ok;
($ok, $why) = $field->AddToObject(RT::Queue->new($root));
die $why unless $ok;
my $clerk = RT::User->new($root);
($ok, $why) = $clerk->Create(Name => "clerk", Privileged => 1);
die $why unless $ok;
my $general = RT::Queue->new($root);
$general->Load("General");
for my $right ("SeeQueue", "ShowTicket") {
  ($ok, $why) = $clerk->PrincipalObj->GrantRight(Right => $right, Object => $general);
  die $why unless $ok;
}
my $scrips = RT::Scrips->new(RT->SystemUser);
$scrips->UnLimit;
while (my $scrip = $scrips->Next) { $scrip->SetDisabled(1) if $scrip->Description =~ /^On Create / }
for my $owner ($root, $clerk) {
  my ($made, $message, $token) = RT::AuthToken->new($root)->Create(Owner => $owner->Id, Description => "tests");
  die $message unless $made;
  print "$token\\n";
}`;

/** What this machine lacks, as words for a person; undefined when it can be had. */
export function missingForRt(): string | undefined {
  if (existsSync(RT_SERVER) && existsSync(FIRST_DATABASE) && process.getuid?.() === 0) return undefined;
  const version = existsSync('/etc/debian_version') ? readFileSync('/etc/debian_version', 'utf8') : '';
  if (!version.startsWith('12')) return 'Debian 12, which has Request Tracker 5';
  if (process.getuid?.() !== 0) return 'root, to install Request Tracker and to run it as another user';
  return spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0 ? undefined : 'apt-get';
}

export interface PreparedRt {
  /** A database of its own, to be copied. */
  readonly database: string;
  readonly token: string;
  readonly clerkToken: string;
}

/** Installs it where needed, and makes a database that holds what tests begin with. */
export async function prepareRt(): Promise<PreparedRt> {
  const folder = await preparedOnce('rt-5-4', async (building) => {
    if (!existsSync(RT_SERVER)) await install(building);
    const database = join(building, 'rtdb');
    await copyFile(FIRST_DATABASE, database);
    const site = join(building, 'site.pm');
    await writeFile(site, siteConfig(database, 80));
    const made = spawnSync('perl', ['-e', PREPARE], { env: rtEnvironment(site), encoding: 'utf8' });
    if (made.status !== 0 || !/^(1-\d+-\w+\n){2}$/.test(made.stdout)) {
      throw new Error(`Request Tracker's database could not be prepared:\n${made.stdout}${made.stderr}`);
    }
    await writeFile(join(building, 'tokens'), made.stdout, { mode: 0o600 });
  });
  const [token = '', clerkToken = ''] = (await readFile(join(folder, 'tokens'), 'utf8')).split('\n');
  return { database: join(folder, 'rtdb'), token, clerkToken };
}

async function install(folder: string): Promise<void> {
  const problem = 'Request Tracker could not be installed';
  const answered = spawnSync('debconf-set-selections', { input: `${ANSWERS.join('\n')}\n`, encoding: 'utf8' });
  if (answered.status !== 0) throw new Error(`${problem}: ${answered.stderr}`);
  const apt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300'];
  await runTool(problem, apt[0]!, folder, [...apt.slice(1), 'update']);
  const packages = ['request-tracker5', 'rt5-standalone', 'rt5-db-sqlite'];
  await runTool(problem, apt[0]!, folder, [...apt.slice(1), 'install', '-y', '--no-install-recommends', ...packages]);
}

export function siteConfig(database: string, port: number): string {
  const settings = {
    rtname: 'rt.test',
    Organization: 'rt.test',
    WebDomain: '127.0.0.1',
    WebPort: String(port),
    WebPath: '',
    WebBaseURL: `http://127.0.0.1:${port}`,
    DatabaseType: 'SQLite',
    DatabaseName: database,
    MailCommand: 'testfile',
    LogToSTDERR: 'error',
    Timezone: 'UTC',
    // Each call proves its token by this hash, which by default takes nine tenths of what a call takes.
    BcryptCost: '4',
  };
  const lines = Object.entries(settings).map(([name, value]) => `Set($${name}, '${value}');`);
  return [...lines, 'Set($LogToSyslog, undef);', 'Set($LogToFile, undef);', '1;', ''].join('\n');
}

/** Its own site file, and nothing of what Debian configured. */
export function rtEnvironment(site: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: '/', RT_SITE_CONFIG: site, RT_SITE_CONFIG_DIR: '/nonexistent' };
}
