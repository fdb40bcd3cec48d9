import { createHash } from 'node:crypto';
import { ProviderError } from '../errors.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';

/** One branch that a push changes, and only if it is at `from`. */
export interface RefUpdate {
  readonly branch: string;
  readonly from: string;
  /** A commit that GitLab has already. @default the branch is deleted */
  readonly to?: string | undefined;
}

/** What became of a push. */
export interface PushReport {
  /** The branches that were not changed, and why. */
  readonly refused: ReadonlyMap<string, string>;
  /** What GitLab said for people, as the end of a sentence; `''` when nothing. */
  readonly said: string;
}

const MAX_ANSWER = 1024 * 1024;
const MAX_SAID = 500;

/**
 * Moves or deletes branches by a real push without objects (gitprotocol-pack, "Reference Update Request"; gitprotocol-http).
 *
 * Git itself compares each branch with `from` under its lock. That is the compare-and-swap that the REST API of GitLab does not have.
 * Nothing is asked for before: what a push has to know is known.
 *
 * @throws ProviderError
 */
export async function pushRefs(
  api: RepositoryApi,
  push: { readonly updates: readonly RefUpdate[]; readonly doing: string },
  { signal }: RequestOptions,
): Promise<PushReport> {
  const { updates, doing } = push;
  const response = await api.git.send({
    method: 'POST',
    path: `${pathOf(api)}/git-receive-pack`,
    body: { type: 'application/x-git-receive-pack-request', bytes: requestOf(updates) },
    accept: 'application/x-git-receive-pack-result',
    expect: [200],
    doing,
    // A second time finds the branch elsewhere and is refused, so that nothing happens twice.
    idempotent: true,
    maxBytes: MAX_ANSWER,
    signal,
  });
  const report = readReport(Buffer.from(response.body));
  if (report === undefined) {
    throw new ProviderError(
      'PROVIDER_BAD_RESPONSE',
      `GitLab answered a push with something that is not the report of one (trying to ${doing}).`,
    );
  }
  const refused = new Map<string, string>();
  for (const { branch } of updates) {
    const result = report.results.get(`refs/heads/${branch}`);
    if (result !== 'ok') refused.set(branch, result ?? report.unpack);
  }
  return { refused, said: report.said };
}

function pathOf(api: RepositoryApi): string {
  return `/${api.fullName.split('/').map(encodeURIComponent).join('/')}.git`;
}

function requestOf(updates: readonly RefUpdate[]): Uint8Array {
  const long = updates.some(({ from }) => from.length === 64);
  const zero = '0'.repeat(long ? 64 : 40);
  const format = long ? 'sha256' : 'sha1';
  const lines = updates.map(({ branch, from, to = zero }, index) => {
    const capabilities =
      index === 0
        ? `\0 report-status side-band-64k object-format=${format} agent=bowline-gitops`
        : '';
    return packet(`${from} ${to} refs/heads/${branch}${capabilities}`);
  });
  // A push that only deletes has no pack; every other one has, also an empty one.
  const pack = updates.every(({ to }) => to === undefined) ? [] : [emptyPack(format)];
  return Buffer.concat([...lines, Buffer.from('0000'), ...pack]);
}

function packet(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

function emptyPack(format: 'sha1' | 'sha256'): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  return Buffer.concat([header, createHash(format).update(header).digest()]);
}

interface Report {
  readonly unpack: string;
  /** `ok`, or the reason of a refusal, by ref. */
  readonly results: ReadonlyMap<string, string>;
  readonly said: string;
}

/** Reads the report of a push, which comes in band 1; band 2 has what hooks say. */
function readReport(body: Buffer): Report | undefined {
  const bands: Buffer[] = [];
  const said: string[] = [];
  for (const packet of packets(body) ?? []) {
    if (packet[0] === 1) bands.push(packet.subarray(1));
    else said.push(packet.subarray(1).toString('utf8'));
  }
  const lines = packets(Buffer.concat(bands))?.map((line) => line.toString('utf8').trimEnd());
  const unpack = lines?.[0]?.startsWith('unpack ') === true ? lines[0].slice(7) : undefined;
  if (lines === undefined || unpack === undefined) return undefined;
  const results = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const [, word, ref, reason = 'refused'] = /^(ok|ng) (\S+)(?: (.*))?$/s.exec(line) ?? [];
    if (word !== undefined && ref !== undefined) results.set(ref, word === 'ok' ? 'ok' : reason);
  }
  return { unpack, results, said: oneLine(said.join('')) };
}

/** Takes pkt-lines apart (gitprotocol-common); `undefined` when it is something else. */
function packets(bytes: Buffer): readonly Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const digits = bytes.toString('latin1', at, at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) return undefined;
    const length = Number.parseInt(digits, 16);
    if (length > 0 && (length < 5 || at + length > bytes.length)) return undefined;
    if (length > 0) found.push(bytes.subarray(at + 4, at + length));
    at += Math.max(length, 4);
  }
  return found;
}

function oneLine(text: string): string {
  const line = text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[=-]{4,}/g, '')
    .trim();
  return line === '' ? '' : ` (${line.slice(0, MAX_SAID)})`;
}
