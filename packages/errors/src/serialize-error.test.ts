import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { GitOpsError, isGitOpsError } from './gitops-error.ts';
import { InternalError, internalErrorCodes } from './internal-error.ts';
import { redactData } from './redact-data.ts';
import { Secret } from './secret.ts';
import { serializeError, toError } from './serialize-error.ts';

class Failure extends GitOpsError {
  override readonly name = 'Failure';
  readonly code = 'FAILURE';
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );
}

describe('serializeError', () => {
  it('tells everything of an error of our own, redacted', () => {
    const token = new Secret('canary-of-serialize');
    const data = serializeError(
      new Failure('cannot push to https://me:pw@host/a', {
        hint: 'Check the token.',
        retryable: true,
        details: { url: `https://host/?a=${token.reveal()}`, token, apiToken: 'plain', count: 3 },
        cause: new Error(`sent ${token.reveal()}`, { cause: new TypeError('deeper') }),
      }),
    );
    expect(data).toEqual({
      name: 'Failure',
      code: 'FAILURE',
      message: 'cannot push to https://***@host/a',
      hint: 'Check the token.',
      retryable: true,
      details: { url: 'https://host/?a=***', token: '***', apiToken: '***', count: 3 },
      causes: [
        { name: 'Error', message: 'sent ***' },
        { name: 'TypeError', message: 'deeper' },
      ],
    });
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
  });

  it('leaves out what an error does not have', () => {
    expect(serializeError(new Failure('no'))).toEqual({
      name: 'Failure',
      code: 'FAILURE',
      message: 'no',
      retryable: false,
    });
  });

  it('keeps the code of a system error, also below', async () => {
    const missing = await failureOf(readFile(new URL('./not-there', import.meta.url)));
    expect(serializeError(missing).code).toBe('ENOENT');
    expect(serializeError(new Failure('cannot read', { cause: missing })).causes?.[0]?.code).toBe(
      'ENOENT',
    );
  });

  it('tells the addresses of a host that refuses on all of them', async () => {
    const refused = await failureOf(
      new Promise((resolve, reject) => {
        connect({
          port: 1,
          host: 'both.invalid',
          autoSelectFamily: true,
          lookup: (_host, _options, done) =>
            done(null, [
              { address: '127.0.0.1', family: 4 },
              { address: '127.0.0.2', family: 4 },
            ]),
        })
          .on('connect', resolve)
          .on('error', reject);
      }),
    );
    const data = serializeError(refused);
    expect(data.code).toBe('ECONNREFUSED');
    expect(data.message).toContain('127.0.0.1:1');
  });

  it('ends on a cycle and on a long chain of causes', () => {
    const first = new Error('first');
    first.cause = new Error('second', { cause: first });
    expect(serializeError(first).causes).toEqual([{ name: 'Error', message: 'second' }]);
    let chain = new Error('0');
    for (let i = 1; i < 9; i++) chain = new Error(String(i), { cause: chain });
    expect(serializeError(chain).causes?.map((cause) => cause.message)).toEqual([
      '7',
      '6',
      '5',
      '4',
      '3',
    ]);
  });

  it.each([
    ['a text', 'a text'],
    [undefined, 'a value that is not an error was thrown: undefined'],
    [null, 'a value that is not an error was thrown: null'],
    [7n, 'a value that is not an error was thrown: "7"'],
    [{ token: 'abc', at: 1 }, 'a value that is not an error was thrown: {"token":"***","at":1}'],
    [Object.create(null), 'a value that is not an error was thrown: {}'],
    [() => 1, 'a value that is not an error was thrown: "[function]"'],
  ])('takes anything that was thrown: %o', (thrown, message) => {
    expect(serializeError(thrown)).toEqual({
      name: 'Error',
      code: 'INTERNAL',
      message,
      retryable: false,
    });
    expect(toError(thrown).cause).toBe(thrown);
  });

  it('gives the same error back that it got', () => {
    const error = new Failure('x');
    expect(toError(error)).toBe(error);
  });
});

describe('redactData', () => {
  it('follows maps, sets, errors, dates and bytes, and names what it cannot show', () => {
    const cyclic: Record<string, unknown> = { a: 1 };
    cyclic['self'] = cyclic;
    expect(
      redactData({
        map: new Map<unknown, unknown>([
          ['password', 'x'],
          [1, 'https://a:b@c/'],
        ]),
        set: new Set(['https://a:b@c/']),
        error: new Error('https://a:b@c/'),
        date: new Date(0),
        bytes: Buffer.from('secret bytes'),
        symbol: Symbol('s'),
        cyclic,
        absent: undefined,
        empty: { password: '', token: null, secret: ['a', 7, { name: 'n' }] },
        'https://a:b@c/': 1,
        get broken(): never {
          throw new Error('no');
        },
      }),
    ).toBe('[unreadable]');
    expect(
      redactData({
        map: new Map<unknown, unknown>([
          ['password', 'x'],
          [1, 'https://a:b@c/'],
        ]),
        set: new Set(['https://a:b@c/']),
        error: new Error('https://a:b@c/'),
        date: new Date(0),
        bytes: Buffer.from('secret bytes'),
        symbol: Symbol('s'),
        cyclic,
        absent: undefined,
        empty: { password: '', token: null, secret: ['a', 7, { name: 'n' }] },
        'https://a:b@c/': 1,
      }),
    ).toEqual({
      map: { password: '***', '1': 'https://***@c/' },
      set: ['https://***@c/'],
      error: { name: 'Error', message: 'https://***@c/' },
      date: '1970-01-01T00:00:00.000Z',
      bytes: '[12 bytes]',
      symbol: 'Symbol(s)',
      cyclic: { a: 1, self: '[circular]' },
      absent: undefined,
      empty: { password: '', token: null, secret: ['***', '***', { name: 'n' }] },
      'https://***@c/': 1,
    });
  });

  it('shows the same object twice when it is no cycle, and ends in the depth', () => {
    const twice = { a: 1 };
    expect(redactData([twice, twice])).toEqual([twice, twice]);
    let deep: unknown = 'end';
    for (let i = 0; i < 50; i++) deep = [deep];
    expect(JSON.stringify(redactData(deep))).toContain('[deep]');
  });

  it('does not change what it is given', () => {
    const given = Object.freeze({ token: 'abc', list: Object.freeze(['https://a:b@c/']) });
    redactData(given);
    expect(given).toEqual({ token: 'abc', list: ['https://a:b@c/'] });
  });
});

describe('isGitOpsError', () => {
  it('knows the errors of another copy of the package', async () => {
    const path = './gitops-error.ts?copy';
    const copy = (await import(path)) as typeof import('./gitops-error.ts');
    class Other extends copy.GitOpsError {
      override readonly name = 'Other';
      readonly code = 'OTHER';
    }
    const error = new Other('made elsewhere', { hint: 'Look there.' });
    expect(error instanceof GitOpsError).toBe(false);
    expect(isGitOpsError(error)).toBe(true);
    expect(serializeError(error)).toMatchObject({ code: 'OTHER', hint: 'Look there.' });
  });

  it('takes nothing for one that only looks like it', () => {
    for (const value of [new Error('x'), { code: 'X', message: 'y' }, 'text', undefined, null])
      expect(isGitOpsError(value)).toBe(false);
  });

  it('keeps a cause that is there, also an undefined one, and adds none', () => {
    expect('cause' in new Failure('x')).toBe(false);
    expect('cause' in new Failure('x', { cause: undefined })).toBe(true);
  });
});

it('InternalError brings its hint', () => {
  const error = new InternalError('the plan has no head');
  expect(error.hint).toBe(internalErrorCodes.INTERNAL.hint);
  expect(serializeError(error)).toMatchObject({ name: 'InternalError', code: 'INTERNAL' });
});
