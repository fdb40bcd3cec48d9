import { describe, expect, it } from 'vitest';
import { jsonAnswer } from './answer.ts';
import {
  fingerprintOf,
  type IdempotencyOptions,
  idempotencyKeyOf,
  idempotentAnswers,
  type KeepableAnswer,
} from './idempotency.ts';

/** A memory, and requests that count how often they ran. */
function memory(options: IdempotencyOptions = {}) {
  const answers = idempotentAnswers(options);
  const ran: string[] = [];
  const ask = async (key: string, { body = key, keep = true, caller = 'ada' } = {}) => {
    const run = async (): Promise<KeepableAnswer> => {
      ran.push(`${caller}:${key}`);
      return { answer: jsonAnswer(body), keep };
    };
    return answers.answer({ caller, key, fingerprint: 'same' }, run);
  };
  return { answers, ran, ask };
}

describe('idempotentAnswers', () => {
  it('runs a request once and says of a repeated answer that it is one', async () => {
    const { ask, ran } = memory();
    expect(await ask('k')).toEqual(jsonAnswer('k'));
    const replayed = { ...jsonAnswer('k'), headers: { 'idempotency-replayed': 'true' } };
    expect(await ask('k', { body: 'other' })).toEqual(replayed);
    expect(ran).toEqual(['ada:k']);
  });

  it('keeps callers apart', async () => {
    const { ask, ran } = memory();
    await ask('k', { caller: 'ada' });
    await ask('k', { caller: 'bob' });
    expect(ran).toEqual(['ada:k', 'bob:k']);
  });

  it('lets a request wait for the one that runs', async () => {
    const { answers } = memory();
    const gate = Promise.withResolvers<KeepableAnswer>();
    const request = { caller: 'ada', key: 'k', fingerprint: 'same' };
    const first = answers.answer(request, () => gate.promise);
    const second = answers.answer(request, () => Promise.reject(new Error('ran twice')));
    gate.resolve({ answer: jsonAnswer('one'), keep: false });
    expect((await Promise.all([first, second])).map(({ body }) => body)).toEqual(['one', 'one']);
  });

  it('refuses a key that belongs to another request, also while that one runs', async () => {
    const { answers } = memory();
    const gate = Promise.withResolvers<KeepableAnswer>();
    const first = answers.answer({ caller: 'a', key: 'k', fingerprint: '1' }, () => gate.promise);
    expect(() =>
      answers.answer({ caller: 'a', key: 'k', fingerprint: '2' }, () => gate.promise),
    ).toThrow(expect.objectContaining({ code: 'SERVER_IDEMPOTENCY_KEY_REUSED' }));
    gate.resolve({ answer: jsonAnswer('one'), keep: true });
    await first;
  });

  it('runs again what failed in a way that may pass', async () => {
    const { ask, ran } = memory();
    await ask('k', { keep: false });
    await ask('k', { keep: false });
    expect(ran).toHaveLength(2);
  });

  it('runs again what was thrown', async () => {
    const { answers, ask } = memory();
    const request = { caller: 'ada', key: 'k', fingerprint: 'same' };
    await expect(answers.answer(request, () => Promise.reject(new Error('no')))).rejects.toThrow();
    expect(await ask('k')).toEqual(jsonAnswer('k'));
  });

  it.each([
    ['number', { maxAnswers: 2 }],
    ['bytes', { maxBytes: 8 }],
  ])('forgets the oldest answers beyond the %s', async (_, options) => {
    const { ask, ran } = memory(options);
    for (const key of ['a', 'b', 'c']) await ask(key, { body: '1234' });
    ran.length = 0;
    for (const key of ['c', 'b', 'a']) await ask(key, { body: '1234' });
    expect(ran).toEqual(['ada:a']);
  });

  it('does not keep an answer that is larger than all answers may be', async () => {
    const { ask, ran } = memory({ maxBytes: 8 });
    await ask('a', { body: '123456789' });
    await ask('a', { body: '1' });
    await ask('a', { body: '1' });
    expect(ran).toEqual(['ada:a', 'ada:a']);
  });

  it('forgets an answer after its time, counted from the end of the request', async () => {
    let now = 0;
    const { ask, ran } = memory({ maxAgeMs: 100, clock: () => now });
    await ask('a');
    now = 99;
    await ask('a');
    expect(ran).toHaveLength(1);
    now = 100;
    await ask('a');
    expect(ran).toHaveLength(2);
  });
});

describe('idempotencyKeyOf', () => {
  it.each([
    ['8e03978e', '8e03978e'],
    ['"8e03978e"', '8e03978e'],
    [undefined, undefined],
  ])('reads %s', (header, key) => {
    expect(idempotencyKeyOf(header)).toBe(key);
  });

  it.each(['', '""', 'a b', 'x'.repeat(256), 'ä', ['a', 'b']])('refuses %s', (header) => {
    expect(() => idempotencyKeyOf(header)).toThrow(
      expect.objectContaining({ code: 'SERVER_REQUEST_INVALID' }),
    );
  });
});

it('fingerprintOf tells paths and bodies apart', () => {
  const prints = [
    fingerprintOf('/a', { x: 1 }),
    fingerprintOf('/a', { x: 2 }),
    fingerprintOf('/b', { x: 1 }),
  ];
  expect(new Set(prints).size).toBe(3);
  expect(fingerprintOf('/a', { x: 1 })).toBe(prints[0]);
});
