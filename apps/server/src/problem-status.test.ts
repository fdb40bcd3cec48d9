import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { problemStatus, statusOf } from './problem-status.ts';

// A test of its own holds this page to the code tables of all packages.
const page = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const documented = [...page.matchAll(/^\| `([A-Z0-9_]+)` \|.*\| (yes)? ?\|$/gm)]
  .map(([, code = '', retry]) => ({ code, retryable: retry === 'yes' }))
  // The command is above the server, which never sees its errors.
  .filter(({ code }) => !code.startsWith('CLI_'));

describe('problemStatus', () => {
  it('has each code of each package, and no other', () => {
    expect(documented.length).toBeGreaterThan(80);
    expect(Object.keys(problemStatus).sort()).toEqual(documented.map(({ code }) => code).sort());
  });

  it('asks nobody to send again what cannot work', () => {
    const retryable = documented.filter((each) => each.retryable);
    expect(retryable.length).toBeGreaterThan(5);
    for (const { code } of retryable)
      expect([408, 409, 429, 499, 502, 503, 504], code).toContain(statusOf(code));
  });

  it('takes an unknown code for a bug', () => {
    expect(statusOf('SOMETHING_NEW')).toBe(500);
    expect(statusOf('constructor')).toBe(500);
  });
});
