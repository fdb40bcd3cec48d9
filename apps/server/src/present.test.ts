import { redactData, Secret } from '@bowline/gitops-errors';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { present } from './present.ts';
import { problem } from './schemas/problem.ts';
import * as requests from './schemas/requests.ts';
import * as results from './schemas/results.ts';
import * as system from './schemas/system.ts';

const schema = v.object({
  message: v.string(),
  lines: v.array(v.string()),
  content: v.string(),
});

describe('present', () => {
  it('lets nothing out that stands in no schema', () => {
    const value = { message: 'm', lines: [], content: 'c', inner: 'not for others' };
    expect(present(schema, value)).toBe('{"message":"m","lines":[],"content":"c"}');
  });

  it('hides what looks like a secret, except in what is the own bytes of a user', () => {
    const text = 'password=hunter22';
    const value = { message: text, lines: ['fine', text], content: text };
    expect(JSON.parse(present(schema, value, ['content']))).toEqual({
      message: 'password=***',
      lines: ['fine', 'password=***'],
      content: text,
    });
    const plain = { message: 'm', lines: [], content: text };
    expect(JSON.parse(present(schema, plain, ['content']))).toEqual(plain);
  });

  it('hides what looking at each text would hide, and nothing else', () => {
    new Secret('canary-secret-of-this-test');
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'canary-secret-of-this-test',
        'Authorization: Basic bWU6aHVudGVyMjI=',
        'password:',
        'token: abcdefgh1',
        '-----BEGIN RSA PRIVATE KEY-----',
        'MIIEpAIBAAKCAQEA',
        'https://me:hunter22@example.com/a',
        `ghp_${'a'.repeat(36)}`,
        '\n',
        ' ',
        '"',
      ),
    );
    const text = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));
    const value = fc.record({ message: text, lines: fc.array(text), content: text });
    fc.assert(
      fc.property(value, (given) => {
        expect(JSON.parse(present(schema, given))).toEqual(
          JSON.parse(JSON.stringify(redactData(given))),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('has no member whose name would hide its value', () => {
    const names = new Set<string>();
    const collect = (part: unknown, seen = new Set<unknown>()) => {
      if (typeof part !== 'object' || part === null || seen.has(part)) return;
      seen.add(part);
      if ('entries' in part && typeof part.entries === 'object')
        for (const name of Object.keys(part.entries ?? {})) names.add(name);
      for (const inner of Object.values(part)) collect(inner, seen);
    };
    collect({ ...results, ...requests, ...system, problem });
    expect(names.size).toBeGreaterThan(50);
    const values = Object.fromEntries([...names].map((name) => [name, 'plain']));
    expect(redactData(values)).toEqual(values);
  });
});
