import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../errors.ts';
import type { HttpRequest } from '../http/http-message.ts';
import type { RepositoryApi } from './api.ts';
import { pushRefs, type RefUpdate } from './ref-push.ts';

const [from, to] = ['a'.repeat(40), 'b'.repeat(40)];
const zero = '0'.repeat(40);
const updates: readonly RefUpdate[] = [
  { branch: 'größe/x', from, to },
  { branch: 'tmp', from: to },
];

const packet = (...parts: readonly (string | Uint8Array)[]) => {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
};
const band = (number: number, content: Uint8Array) => packet(Uint8Array.of(number), content);
const flush = Buffer.from('0000');

/** Pushes to something that answers with these bytes. */
async function push(body: Uint8Array, changes: readonly RefUpdate[] = updates) {
  const sent: HttpRequest[] = [];
  const git: RepositoryApi['git'] = {
    api: new URL('https://gitlab.example.com'),
    send: async (request) => {
      sent.push(request);
      return { status: 200, headers: new Headers(), body, attempts: 1 };
    },
  };
  const api = { git, fullName: 'acme/shop' } as RepositoryApi;
  const report = await pushRefs(api, { updates: changes, doing: 'push' }, {});
  return { report, sent };
}

const good = Buffer.concat([
  band(2, Buffer.from('remote: \u001b[31mhello\n')),
  band(
    1,
    Buffer.concat([
      packet('unpack ok\n'),
      packet('ok refs/heads/größe/x\n'),
      packet('ng refs/heads/tmp pre-receive hook declined\n'),
      flush,
    ]),
  ),
  flush,
]);

describe('pushRefs', () => {
  it('sends old and new of each branch, and a pack without objects', async () => {
    const { sent } = await push(good);
    const [request] = sent;
    expect(request).toMatchObject({ method: 'POST', path: '/acme/shop.git/git-receive-pack' });
    const bytes = Buffer.from(request?.body?.bytes ?? []);
    const pack = bytes.subarray(bytes.indexOf('PACK'));
    expect(pack.toString('hex', 0, 12)).toBe('5041434b0000000200000000');
    expect(pack.subarray(12)).toEqual(createHash('sha1').update(pack.subarray(0, 12)).digest());
    const commands = bytes.toString('utf8', 0, bytes.indexOf('PACK'));
    expect(commands).toContain(`${from} ${to} refs/heads/größe/x\0 report-status`);
    expect(commands).toContain(`${to} ${zero} refs/heads/tmp0000`);
    // The length of a line counts bytes and not characters.
    const first = Number.parseInt(commands.slice(0, 4), 16);
    expect(bytes.toString('latin1', first, first + 4)).toMatch(/^[0-9a-f]{4}$/);
  });

  it('sends no pack where it only deletes, and zeros of the length of the ids', async () => {
    const long = 'c'.repeat(64);
    const { sent } = await push(good, [{ branch: 'old', from: long }]);
    const bytes = Buffer.from(sent[0]?.body?.bytes ?? []).toString('latin1');
    expect(bytes).toContain(`${long} ${'0'.repeat(64)} refs/heads/old\0`);
    expect(bytes).toContain('object-format=sha256');
    expect(bytes).not.toContain('PACK');
  });

  it('reads what became of each branch, and what was said', async () => {
    const { report } = await push(good);
    expect([...report.refused]).toEqual([['tmp', 'pre-receive hook declined']]);
    expect(report.said).toBe(' (remote: [31mhello)');
  });

  it('takes a branch that the report does not name for refused', async () => {
    const none = Buffer.concat([
      band(1, Buffer.concat([packet('unpack index-pack failed\n'), flush])),
    ]);
    const { report } = await push(none);
    expect([...report.refused.values()]).toEqual(['index-pack failed', 'index-pack failed']);
  });

  it('never takes anything but a report for one, and never fails otherwise', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.nat(good.length), fc.nat(good.length), fc.uint8Array({ maxLength: 8 }))
        .map(([start, length, put]) =>
          Buffer.concat([good.subarray(0, start), put, good.subarray(start + length)]),
        ),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        const result = await push(body).catch((error: unknown) => error);
        if (result instanceof ProviderError) {
          expect(result.code).toBe('PROVIDER_BAD_RESPONSE');
          return;
        }
        expect(result).not.toBeInstanceOf(Error);
        const { refused } = (result as Awaited<ReturnType<typeof push>>).report;
        // Only the line of a branch itself says that it was moved.
        if (!refused.has('größe/x')) {
          expect(Buffer.from(body).toString('utf8')).toContain('ok refs/heads/größe/x');
        }
      }),
      { numRuns: 500 },
    );
  });
});
