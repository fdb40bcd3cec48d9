import { GitError } from '../errors.ts';
import type { GitProgress } from '../types.ts';
import type { Deadline } from './deadline.ts';
import { DELIMITER, damaged, FLUSH, lineOf, PacketReader, packet } from './pkt-line.ts';
import {
  type Advertisement,
  agentLines,
  askService,
  drain,
  type RemoteContext,
  refuseError,
} from './ref-discovery.ts';
import { SideBand } from './side-band.ts';

export interface PackRequest {
  readonly advertisement: Advertisement;
  /** Object ids that must come. */
  readonly wants: readonly string[];
  /** Commits that are here already. */
  readonly haves?: readonly string[];
  /** Commits that are here without their parents. */
  readonly shallow?: readonly string[];
  /** Number of commits from each tip. @default all */
  readonly depth?: number | undefined;
  /** Leaves file contents out, where the server allows. @default false */
  readonly withoutBlobs?: boolean;
  /** Sends annotated tags along with the commits that they name. @default false */
  readonly includeTags?: boolean;
  readonly onProgress?: ((progress: GitProgress) => void) | undefined;
}

export interface PackAnswer {
  /** The bytes as they came: not checked yet. */
  readonly pack: Buffer;
  /** Commits whose parents were left out. */
  readonly shallow: readonly string[];
  /** Commits that were shallow and are not any more. */
  readonly unshallow: readonly string[];
}

/** Tells whether a server can leave file contents out and send them later by their ids. */
export function canFilter(advertisement: Advertisement): boolean {
  // Version 2 serves any object by its id; version 0 mostly does not, so that a filtered clone would stay incomplete.
  const features = advertisement.capabilities.get('fetch') ?? '';
  return advertisement.version === 2 && features.split(' ').includes('filter');
}

/** Fetches a pack in one round trip: everything that is had is named at once, and no more is negotiated. */
export async function fetchPack(
  context: RemoteContext,
  request: PackRequest,
  deadline: Deadline,
): Promise<PackAnswer> {
  const version2 = request.advertisement.version === 2;
  const body = version2 ? bodyOfVersion2(context, request) : bodyOfVersion0(context, request);
  const answer = await askService(
    context,
    { service: 'git-upload-pack', body, version2 },
    deadline,
  );
  const reader = new PacketReader(answer, {
    bytes: context.limits.maxPackBytes,
    what: 'a pack',
  });
  const sideBand = new SideBand(request.onProgress);
  const shallow: string[] = [];
  const unshallow: string[] = [];
  const onShallow = (line: string): boolean => {
    const match = /^(un)?shallow ([0-9a-f]{40})$/.exec(line);
    if (match?.[2] === undefined) return false;
    (match[1] === undefined ? shallow : unshallow).push(match[2]);
    return true;
  };
  const pack = version2
    ? await readVersion2(reader, { sideBand, onShallow })
    : await readVersion0(reader, { sideBand, onShallow });
  await drain(reader);
  await reader.close();
  return { pack, shallow, unshallow };
}

function bodyOfVersion2(context: RemoteContext, request: PackRequest): Buffer {
  const { advertisement, wants, haves = [], shallow = [], depth } = request;
  const filter = request.withoutBlobs === true && canFilter(advertisement);
  return Buffer.concat([
    packet('command=fetch\n'),
    ...agentLines(advertisement, context.limits),
    DELIMITER,
    packet('ofs-delta\n'),
    ...(request.includeTags === true ? [packet('include-tag\n')] : []),
    ...(request.onProgress === undefined ? [packet('no-progress\n')] : []),
    ...shallow.map((id) => packet(`shallow ${id}\n`)),
    ...(depth === undefined ? [] : [packet(`deepen ${depth}\n`)]),
    ...(filter ? [packet('filter blob:none\n')] : []),
    ...wants.map((id) => packet(`want ${id}\n`)),
    ...haves.map((id) => packet(`have ${id}\n`)),
    packet('done\n'),
    FLUSH,
  ]);
}

function bodyOfVersion0(context: RemoteContext, request: PackRequest): Buffer {
  const { advertisement, wants, haves = [], shallow = [], depth } = request;
  const offered = advertisement.capabilities;
  if (!offered.has('side-band-64k')) throw damaged('the server cannot send a pack in packets');
  const names = ['side-band-64k', 'ofs-delta'];
  if (request.onProgress === undefined) names.push('no-progress');
  if (depth !== undefined || shallow.length > 0) names.push('shallow');
  if (request.includeTags === true) names.push('include-tag');
  const capabilities = names.filter((name) => offered.has(name));
  if (depth !== undefined && !offered.has('shallow'))
    throw new GitError('GIT_REMOTE_INVALID_ANSWER', 'The Git server cannot limit the depth.');
  if (offered.has('agent')) capabilities.push(`agent=${context.limits.userAgent}`);
  return Buffer.concat([
    ...wants.map((id, index) =>
      packet(index === 0 ? `want ${id} ${capabilities.join(' ')}\n` : `want ${id}\n`),
    ),
    ...(offered.has('shallow') ? shallow.map((id) => packet(`shallow ${id}\n`)) : []),
    ...(depth === undefined ? [] : [packet(`deepen ${depth}\n`)]),
    FLUSH,
    ...haves.map((id) => packet(`have ${id}\n`)),
    packet('done\n'),
  ]);
}

interface PackReading {
  readonly sideBand: SideBand;
  /** False when the line is something else. */
  readonly onShallow: (line: string) => boolean;
}

async function readVersion2(reader: PacketReader, reading: PackReading): Promise<Buffer> {
  for (;;) {
    const next = await reader.read();
    if (next === 'delimiter') continue;
    if (!Buffer.isBuffer(next)) throw damaged('it holds no pack');
    const line = lineOf(next);
    refuseError(line);
    if (line === 'packfile') return reading.sideBand.collect(reader);
    if (line === 'shallow-info') continue;
    if (!reading.onShallow(line)) throw damaged('a section is not known');
  }
}

async function readVersion0(reader: PacketReader, reading: PackReading): Promise<Buffer> {
  for (;;) {
    const next = await reader.read();
    if (next === 'flush') continue; // ends the list of shallow commits
    if (!Buffer.isBuffer(next)) throw damaged('it holds no pack');
    if ((next[0] ?? 0) <= 3) return reading.sideBand.collect(reader, next);
    const line = lineOf(next);
    refuseError(line);
    if (line === 'NAK' || line.startsWith('ACK ')) continue;
    if (!reading.onShallow(line)) throw damaged('a line is not known');
  }
}
