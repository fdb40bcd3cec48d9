import { GitError } from '../errors.ts';
import type { RemoteRef } from '../types.ts';
import type { Deadline } from './deadline.ts';
import type { HttpConnection } from './http-connection.ts';
import type { Limits } from './limits.ts';
import { DELIMITER, damaged, FLUSH, lineOf, PacketReader, packet } from './pkt-line.ts';

export type GitService = 'git-upload-pack' | 'git-receive-pack';

/** What a server says of itself before anything is asked (gitprotocol-http, "Smart Server Response"). */
export interface Advertisement {
  readonly version: 0 | 2;
  /** Names with their values; `''` for those without one. */
  readonly capabilities: ReadonlyMap<string, string>;
  /** The refs, for version 0 only: version 2 lists them on request. */
  readonly refs: readonly RemoteRef[];
}

const ZERO = '0'.repeat(40);

export interface RemoteContext {
  readonly connection: HttpConnection;
  readonly limits: Limits;
}

/** Asks a server what it can do and, for pushes and old servers, which refs it has. */
export async function discover(
  context: RemoteContext,
  service: GitService,
  deadline: Deadline,
): Promise<Advertisement> {
  const answer = await context.connection.ask(
    {
      method: 'GET',
      path: `info/refs?service=${service}`,
      accept: `application/x-${service}-advertisement`,
      // Pushes know no version 2.
      version2: service === 'git-upload-pack',
    },
    deadline,
  );
  const reader = refReader(answer, context.limits);
  let first = await reader.read();
  if (Buffer.isBuffer(first) && lineOf(first).startsWith('# service=')) {
    do first = await reader.read();
    while (first === 'flush');
  }
  if (first === 'end') throw damaged('it is empty');
  const advertisement =
    Buffer.isBuffer(first) && lineOf(first) === 'version 2'
      ? await readVersion2(reader)
      : await readVersion0(reader, first);
  await reader.close();
  const format = advertisement.capabilities.get('object-format') ?? 'sha1';
  if (format !== 'sha1')
    throw new GitError(
      'GIT_INVALID_REMOTE',
      `The repository "${context.connection.address.href}" uses "${format}" object names, which the isomorphic engine does not read.`,
    );
  return advertisement;
}

function refReader(answer: AsyncIterable<Uint8Array>, limits: Limits): PacketReader {
  return new PacketReader(answer, { bytes: limits.maxAdvertisementBytes, what: 'refs' });
}

async function readVersion2(reader: PacketReader): Promise<Advertisement> {
  const capabilities = new Map<string, string>();
  for (;;) {
    const line = await reader.read();
    if (line === 'flush') break;
    if (!Buffer.isBuffer(line)) throw damaged('the list of capabilities is cut off');
    addCapability(capabilities, lineOf(line));
  }
  await drain(reader);
  return { version: 2, capabilities, refs: [] };
}

async function readVersion0(
  reader: PacketReader,
  first: Awaited<ReturnType<PacketReader['read']>>,
): Promise<Advertisement> {
  const capabilities = new Map<string, string>();
  const symrefs = new Map<string, string>();
  const refs: RawRef[] = [];
  for (let line = first; line !== 'flush'; line = await reader.read()) {
    if (!Buffer.isBuffer(line)) throw damaged('the list of refs is cut off');
    let text = lineOf(line);
    refuseError(text);
    const nul = text.indexOf('\0');
    if (nul !== -1) {
      for (const one of text.slice(nul + 1).split(' ')) {
        const symref = /^symref=([^:]+):(.+)$/.exec(one);
        if (symref?.[1] !== undefined && symref[2] !== undefined) symrefs.set(symref[1], symref[2]);
        else if (one !== '') addCapability(capabilities, one);
      }
      text = text.slice(0, nul);
    }
    if (/^(?:version 1|shallow [0-9a-f]{40})$/.test(text)) continue;
    const ref = /^([0-9a-f]{40}) (\S+)$/.exec(text);
    if (ref?.[1] === undefined || ref[2] === undefined) throw damaged('a ref cannot be read');
    if (ref[1] !== ZERO) refs.push({ sha: ref[1], name: ref[2] });
  }
  await drain(reader);
  return { version: 0, capabilities, refs: joinPeeled(refs, symrefs) };
}

interface RawRef {
  readonly sha: string;
  readonly name: string;
}

function joinPeeled(
  refs: readonly RawRef[],
  symrefs: ReadonlyMap<string, string>,
): readonly RemoteRef[] {
  const peeled = new Map<string, string>();
  for (const ref of refs) if (ref.name.endsWith('^{}')) peeled.set(ref.name.slice(0, -3), ref.sha);
  return refs
    .filter((ref) => !ref.name.endsWith('^{}'))
    .map((ref) => remoteRef(ref, { peeled: peeled.get(ref.name), target: symrefs.get(ref.name) }));
}

function remoteRef(
  ref: RawRef,
  more: { readonly peeled: string | undefined; readonly target: string | undefined },
): RemoteRef {
  return {
    name: ref.name,
    sha: ref.sha,
    ...(more.peeled === undefined ? {} : { peeled: more.peeled }),
    ...(more.target === undefined ? {} : { target: more.target }),
  };
}

function addCapability(capabilities: Map<string, string>, text: string): void {
  const equals = text.indexOf('=');
  if (equals === -1) capabilities.set(text, '');
  else capabilities.set(text.slice(0, equals), text.slice(equals + 1));
}

/** Lists refs, only those below the prefixes where the server can leave the others out. */
export async function listRefs(
  context: RemoteContext,
  request: { readonly advertisement: Advertisement; readonly prefixes: readonly string[] },
  deadline: Deadline,
): Promise<readonly RemoteRef[]> {
  const { advertisement, prefixes } = request;
  const wanted = (name: string): boolean =>
    prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix));
  if (advertisement.version === 0) return advertisement.refs.filter((ref) => wanted(ref.name));
  const body = Buffer.concat([
    packet('command=ls-refs\n'),
    ...agentLines(advertisement, context.limits),
    DELIMITER,
    packet('peel\n'),
    packet('symrefs\n'),
    ...prefixes.map((prefix) => packet(`ref-prefix ${prefix}\n`)),
    FLUSH,
  ]);
  const answer = await askService(
    context,
    { service: 'git-upload-pack', body, version2: true },
    deadline,
  );
  const reader = refReader(answer, context.limits);
  const refs: RemoteRef[] = [];
  for (;;) {
    const line = await reader.read();
    if (line === 'flush') break;
    if (!Buffer.isBuffer(line)) throw damaged('the list of refs is cut off');
    refuseError(lineOf(line));
    const ref = readListedRef(lineOf(line));
    if (ref !== undefined && wanted(ref.name)) refs.push(ref);
  }
  await drain(reader);
  return refs;
}

/** `undefined` for a HEAD that points at a branch without a commit. */
function readListedRef(line: string): RemoteRef | undefined {
  const [sha = '', name = '', ...attributes] = line.split(' ');
  if (sha === 'unborn') return undefined;
  if (!/^[0-9a-f]{40}$/.test(sha) || name === '') throw damaged('a ref cannot be read');
  const value = (key: string): string | undefined =>
    attributes.find((one) => one.startsWith(key))?.slice(key.length);
  return remoteRef({ sha, name }, { peeled: value('peeled:'), target: value('symref-target:') });
}

/** The lines that stand in every request of version 2. */
export function agentLines(advertisement: Advertisement, limits: Limits): readonly Buffer[] {
  const lines: Buffer[] = [];
  if (advertisement.capabilities.has('agent')) lines.push(packet(`agent=${limits.userAgent}\n`));
  if (advertisement.capabilities.has('object-format')) lines.push(packet('object-format=sha1\n'));
  return lines;
}

/** Sends a request to one of the two services. */
export function askService(
  context: RemoteContext,
  request: {
    readonly service: GitService;
    readonly body: Uint8Array;
    readonly version2: boolean;
  },
  deadline: Deadline,
): Promise<AsyncIterable<Uint8Array>> {
  const { service, body, version2 } = request;
  const contentType = `application/x-${service}-request`;
  const accept = `application/x-${service}-result`;
  return context.connection.ask(
    { method: 'POST', path: service, contentType, accept, body, version2 },
    deadline,
  );
}

/** Throws what the server has put in place of an answer (gitprotocol-pack, "ERR"). */
export function refuseError(line: string): void {
  if (!line.startsWith('ERR ')) return;
  const text = line
    .slice(4)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 500);
  const code = /not our ref|no such ref|unknown ref|not found/i.test(text)
    ? 'GIT_REF_NOT_FOUND'
    : 'GIT_REMOTE_INVALID_ANSWER';
  throw new GitError(code, `The Git server answered with an error: "${text}".`);
}

/** Reads to the end, so that the connection can be used again. */
export async function drain(reader: PacketReader): Promise<void> {
  while ((await reader.read()) !== 'end');
}
