import { execFile } from 'node:child_process';
import { format, inspect, promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GitOpsError } from './gitops-error.ts';
import { redact } from './redact.ts';
import { rememberSecret } from './remembered-secrets.ts';
import { Secret } from './secret.ts';

class Failure extends GitOpsError {
  override readonly name = 'Failure';
  readonly code = 'FAILURE';
}

describe('Secret', () => {
  it('shows a mask in every form of output', () => {
    const secret = new Secret('correct-horse-battery');
    const shown = [
      `${secret}`,
      String(secret),
      JSON.stringify({ secret, list: [secret] }),
      inspect(secret),
      inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
      format('%s %o %j', secret, secret, secret),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(structuredClone({ ...secret })),
    ];
    for (const text of shown) expect(text).not.toContain('horse');
    expect(shown[0]).toBe('***');
    expect(shown[2]).toBe('{"secret":"***","list":["***"]}');
  });

  it('opens on purpose', () => {
    expect(new Secret('correct-horse-battery').reveal()).toBe('correct-horse-battery');
    expect(new Secret('').reveal()).toBe('');
  });

  it('is hidden in any text afterwards', () => {
    new Secret('pa$$ "w\\rd"/+ü%');
    const secret = 'pa$$ "w\\rd"/+ü%';
    for (const text of [
      secret,
      encodeURIComponent(secret),
      encodeURIComponent(secret).replace(/%../g, (byte) => byte.toLowerCase()),
      new URLSearchParams({ x: secret }).toString(),
      JSON.stringify({ x: secret }),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
      Object.assign(new URL('https://h'), { password: secret }).password,
    ]) {
      const shown = redact(`before ${text} after`);
      expect(shown).toContain('***');
      expect(shown).not.toContain(text);
      expect(shown).not.toMatch(/w\\\\?rd|w%5[cC]rd/);
    }
  });

  it('is hidden in the base64 of user and secret, whatever the user', () => {
    const secret = 'k9-Zq/7_long+enough';
    new Secret(secret);
    for (const user of ['a', 'ab', 'abc', 'x-token-auth', 'jemand@example.com', 'ü']) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const pair = Buffer.from(`${user}:${secret}\n`).toString(encoding);
        const shown = redact(`sent ${pair} as is`);
        expect(Buffer.from(shown.replaceAll('*', ''), encoding).toString()).not.toContain('long');
        expect(shown).toContain('***');
      }
    }
  });

  it('is hidden inside the base64 of any bytes around it', () => {
    const secret = 'Zx81-spectrum-48k';
    new Secret(secret);
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const shown = redact(Buffer.from(before + secret + after).toString('base64'));
        expect(shown).toContain('***');
      }),
    );
  });

  it('is hidden before the shapes are looked for, the longest first', () => {
    new Secret('abcd-first');
    new Secret('abcd-first-and-more');
    expect(redact('x abcd-first-and-more y')).toBe('x *** y');
    expect(redact('x abcd-first y')).toBe('x *** y');
  });

  it('does not look for short values or for masks', () => {
    new Secret('abc');
    new Secret('*****');
    rememberSecret('');
    expect(redact('abc ******')).toBe('abc ******');
  });

  it('takes any string, lone surrogates included', () => {
    // The unit `binary` of fast-check takes seconds to prepare.
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.string({ unit, minLength: 4 }), (value) => {
        fc.pre(!/^\*+$/.test(value));
        // Each alone, so that not every run compiles all values of the ones before.
        Reflect.deleteProperty(globalThis, Symbol.for('@bowline/gitops-errors/secrets'));
        new Secret(value);
        expect(redact(value)).not.toBe(value);
      }),
    );
  });

  it('keeps at most 10,000 forms and drops the oldest', () => {
    new Secret('the-very-first-one');
    for (let i = 0; i < 3000; i++) {
      new Secret(`number-${i * 7919}-of-many`);
      if (i % 500 === 0) new Secret('one-that-is-in-use');
    }
    expect(redact('the-very-first-one')).toBe('the-very-first-one');
    expect(redact('one-that-is-in-use')).toBe('***');
    expect(redact(`number-${2999 * 7919}-of-many`)).toBe('***');
  });

  it('stays able to hide when the values are long and many', () => {
    const long = (name: string) => `${name}+${'0123456789abcdef'.repeat(3750)}`;
    new Secret('one-that-must-go');
    for (let i = 0; i < 60; i++) new Secret(long(`number-${i}`));
    const last = long('number-59');
    expect(redact(`a ${last} b ${encodeURIComponent(last)} c`)).toBe('a *** b *** c');
    expect(redact('one-that-must-go'), 'the oldest beyond 16 Mi characters').not.toBe('***');
    const huge = 'x-y'.repeat(400_000);
    new Secret(huge);
    expect(redact(`a ${huge} b ${last}`)).toBe('a *** b ***');
    new Secret('z'.repeat(17 * 1024 * 1024));
    expect(redact(last)).toBe('***');
  });

  it('never reaches the message or the hint of an error', () => {
    const secret = new Secret('canary-in-the-mine');
    const error = new Failure(`cannot use "${secret.reveal()}"`, {
      hint: `Try without ${secret.reveal()}.`,
      cause: new Error('below'),
    });
    expect(error.message).toBe('cannot use "***"');
    expect(error.hint).toBe('Try without ***.');
    expect(error.stack).not.toContain('canary');
  });

  it('is hidden by another copy of the package', async () => {
    const copy = (await import('./redact.ts?copy' as string)) as typeof import('./redact.ts');
    new Secret('made-by-the-first-copy');
    expect(copy.redact).not.toBe(redact);
    expect(copy.redact('made-by-the-first-copy')).toBe('***');
  });

  it('does not print through an uncaught rejection', async () => {
    const entry = new URL('./index.ts', import.meta.url).href;
    const script = `import { Secret } from '${entry}';
      throw Object.assign(new Error('refused'), { token: new Secret(['correct', 'horse'].join('-')) });`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    const error = await run.then(
      () => undefined,
      (failed: { stderr: string }) => failed,
    );
    expect(error?.stderr).toContain('token: Secret {}');
    expect(error?.stderr).not.toContain('correct-horse');
  });
});
