import { GitError } from '../errors.ts';
import type { GitProgress, RemoteRef } from '../types.ts';
import type { Deadline } from './deadline.ts';
import { serverText } from './http-failure.ts';
import { damaged, FLUSH, lineOf, PacketReader, packet } from './pkt-line.ts';
import { askService, discover, drain, type RemoteContext, refuseError } from './ref-discovery.ts';
import { SideBand } from './side-band.ts';

const ZERO = '0'.repeat(40);
/** What servers say when two pushes meet: git, JGit, and the forges that wrap them. */
const RACE =
  /lock|failed to update ref|already exists|incorrect old value|stale|fetch first|reference has been modified|is at [0-9a-f]{40} but expected/i;
/** A branch stands in the way whose name is a folder of the new one, or the other way round: no race. */
const NAME_TAKEN = /cannot create 'refs\//;

export interface RefUpdate {
  /** Full name. */
  readonly ref: string;
  /** Says whether the ref may be replaced, given what it is now (`undefined`: it does not exist). */
  readonly accepts: (current: string | undefined) => boolean | Promise<boolean>;
  readonly commit: string;
  /** Makes the pack, given all that the server has; not called when the push is lost already. */
  readonly pack: (refs: readonly RemoteRef[]) => Buffer | Promise<Buffer>;
  readonly onProgress?: ((progress: GitProgress) => void) | undefined;
}

/**
 * Pushes one ref as a compare-and-swap: the value that was accepted stands in the request, and the server itself compares it.
 *
 * @throws {@link GitError} `GIT_PUSH_REJECTED` when a hook or a rule of the server refuses it.
 */
export async function sendPack(
  context: RemoteContext,
  update: RefUpdate,
  deadline: Deadline,
): Promise<'pushed' | 'rejected'> {
  const advertisement = await discover(context, 'git-receive-pack', deadline);
  const current = advertisement.refs.find((ref) => ref.name === update.ref)?.sha;
  if (!(await update.accepts(current))) return 'rejected';
  if (current === update.commit) return 'pushed';
  const offered = advertisement.capabilities;
  if (!offered.has('report-status'))
    throw damaged('the server does not report the result of a push');
  const capabilities = ['report-status', 'side-band-64k'].filter((name) => offered.has(name));
  if (offered.has('agent')) capabilities.push(`agent=${context.limits.userAgent}`);
  const command = `${current ?? ZERO} ${update.commit} ${update.ref}`;
  const body = Buffer.concat([
    packet(`${command}\0 ${capabilities.join(' ')}`),
    FLUSH,
    await update.pack(advertisement.refs),
  ]);
  const answer = await askService(
    context,
    { service: 'git-receive-pack', body, version2: false },
    deadline,
  );
  const reader = new PacketReader(answer, {
    bytes: context.limits.maxAdvertisementBytes,
    what: 'a push report',
  });
  const report = await readReport(reader, {
    ref: update.ref,
    sideBand: offered.has('side-band-64k') ? new SideBand(update.onProgress) : undefined,
  });
  if (report.reason === undefined) return 'pushed';
  // A hook is free to choose its words, but what git reports of it is always "... hook declined".
  const raced = RACE.test(report.reason) && !/hook declined/i.test(report.reason);
  if (raced && !NAME_TAKEN.test(report.messages)) return 'rejected';
  const shown = serverText(report.reason);
  const said = serverText(report.messages);
  throw new GitError(
    'GIT_PUSH_REJECTED',
    `The server of "${context.connection.address.href}" refused the push to "${update.ref}": "${shown}"${said === '' ? '' : `, "${said}"`}.`,
    { details: { ref: update.ref, reason: shown, messages: said } },
  );
}

interface Report {
  /** `undefined` when the ref was updated. */
  readonly reason: string | undefined;
  readonly messages: string;
}

async function readReport(
  reader: PacketReader,
  expected: { readonly ref: string; readonly sideBand: SideBand | undefined },
): Promise<Report> {
  const lines: string[] = [];
  const take = (line: string): void => {
    refuseError(line);
    lines.push(line);
  };
  if (expected.sideBand === undefined) await readLines(reader, take);
  else {
    const data = await expected.sideBand.collect(reader);
    await readLines(new PacketReader(once(data), { bytes: data.length, what: 'a report' }), take);
    await drain(reader);
  }
  const messages = expected.sideBand?.messages ?? '';
  const [unpacked, ...rest] = lines;
  if (unpacked?.startsWith('unpack ') !== true) throw damaged('the report of the push is missing');
  if (unpacked !== 'unpack ok') return { reason: unpacked.slice('unpack '.length), messages };
  for (const line of rest) {
    if (line === `ok ${expected.ref}`) return { reason: undefined, messages };
    if (line.startsWith(`ng ${expected.ref} `))
      return { reason: line.slice(`ng ${expected.ref} `.length), messages };
  }
  throw damaged('the report of the push does not name the branch');
}

async function readLines(reader: PacketReader, take: (line: string) => void): Promise<void> {
  for (;;) {
    const next = await reader.read();
    if (!Buffer.isBuffer(next)) return;
    take(lineOf(next));
  }
}

async function* once(data: Uint8Array): AsyncIterable<Uint8Array> {
  yield data;
}
