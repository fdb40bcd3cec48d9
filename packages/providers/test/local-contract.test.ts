import { describe, expect, it } from 'vitest';
import { providerContract } from '../src/testing/index.ts';
import { localSubject } from './local-subject.ts';

describe('local: the contract of providers', () => {
  const cases = providerContract({
    create: () => localSubject(),
    without: [
      { part: 'webhooks', reason: 'a folder calls nobody' },
      { part: 'ci', reason: 'a folder runs nothing' },
      { part: 'autoMerge', reason: 'a folder merges nothing by itself' },
    ],
  });
  for (const test of cases) {
    if (test.skip === undefined) it(test.name, test.run);
    else it.skip(`${test.name} (${test.skip})`, test.run);
  }

  it('refuses to skip a case that does not exist', () => {
    expect(() =>
      providerContract({ create: () => localSubject(), skip: [{ test: 'no such', reason: 'x' }] }),
    ).toThrow(/no such/);
  });
});
