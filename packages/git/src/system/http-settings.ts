import { GitError } from '../errors.ts';
import type { RemoteUrl } from '../remote-url.ts';
import type { GitProcessResult } from './git-process.ts';
import { configText } from './work-tree-settings.ts';

/**
 * Makes sure that the repository's own configuration does not lead a credential elsewhere: settings for one address win over
 * those that every command gets (git-config(1), `http.<url>.*`).
 *
 * @throws {@link GitError} `GIT_CREDENTIAL_NOT_SENT` when it switches the check of certificates off, names other authorities,
 * follows redirects, or sends plain HTTP through a proxy.
 */
export async function checkHttpSettings(
  at: { readonly gitFolder: string; readonly url: RemoteUrl },
  run: (args: readonly string[]) => Promise<GitProcessResult>,
): Promise<void> {
  const { url } = at;
  if (url.protocol !== 'https' && url.protocol !== 'http') return;
  if (!/\[\s*(?:http|include)|worktreeConfig/i.test(await configText(at.gitFolder))) return;
  const result = await run(['config', '-z', '--get-urlmatch', 'http', url.href]);
  for (const record of result.stdout.toString('utf8').split('\0')) {
    const end = record.indexOf('\n');
    const key = (end < 0 ? record : record.slice(0, end)).toLowerCase();
    const value = end < 0 ? 'true' : record.slice(end + 1).toLowerCase();
    const harmful =
      (key === 'http.sslverify' && !/^(?:true|yes|on|1)$/.test(value)) ||
      (key === 'http.followredirects' && !/^(?:false|no|off|0)$/.test(value)) ||
      ((key === 'http.sslcainfo' || key === 'http.sslcapath') && value !== '') ||
      (key === 'http.proxy' && value !== '' && url.protocol === 'http');
    if (harmful) {
      throw new GitError(
        'GIT_CREDENTIAL_NOT_SENT',
        `The configuration of the repository sets "${key}" for "${url.host}", which could lead the credential elsewhere.`,
        {
          hint: 'Take the setting out of .git/config; authorities and proxies can be set in the environment.',
          details: { key },
        },
      );
    }
  }
}
