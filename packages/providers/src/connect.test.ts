import { tmpdir } from 'node:os';
import { Secret } from '@bowline/gitops-errors';
import { describe, expect, it } from 'vitest';
import { type ConnectOptions, connect } from './connect.ts';

describe('connect', () => {
  it('makes the provider of each kind', async () => {
    expect((await connect({ kind: 'local', root: tmpdir() })).kind).toBe('local');
    const auth = { type: 'bearer', token: new Secret('an-access-token') } as const;
    const provider = await connect({ kind: 'bitbucket-cloud', auth });
    expect(provider).toMatchObject({ kind: 'bitbucket-cloud', host: 'bitbucket.org' });
    expect(
      provider.parsePullRequestUrl('https://bitbucket.org/acme/shop/pull-requests/12/overview'),
    ).toEqual({ repository: 'acme/shop', id: 12 });
  });

  it('refuses a kind that it does not know, also one that every object has', async () => {
    for (const kind of ['svn', 'constructor', '']) {
      await expect(connect({ kind } as unknown as ConnectOptions)).rejects.toMatchObject({
        code: 'PROVIDER_INVALID_ARGUMENT',
      });
    }
  });
});
