import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRepositoryName } from './names.ts';

describe('the name of a repository', () => {
  it.each(['acme/shop', 'acme/.profile', 'a-b_c.d/e.f-g_h', '1/2'])('may be %s', (name) => {
    expect(checkRepositoryName(name)).toEqual({
      owner: name.split('/')[0],
      name: name.split('/')[1],
    });
  });

  it('that passes stays in its place in an address', () => {
    const part = fc
      .array(
        fc.constantFrom('..', '.', '/', '%2e', '%2f', '\\', '?', '#', ' ', 'a', 'ü', '\0', '-'),
        {
          maxLength: 6,
        },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(part, part, (left, right) => {
        const name = `${left}/${right}`;
        try {
          checkRepositoryName(name);
        } catch {
          return;
        }
        const url = new URL(`https://gitea.com/api/v1/repos/${name}/branches`);
        expect(url.pathname).toBe(`/api/v1/repos/${name}/branches`);
        expect(url.search + url.hash).toBe('');
      }),
    );
  });
});
