import type { RemoteRef } from '../types.ts';
import type { Transport } from './transport.ts';

const MAX_OUTPUT = 64 * 1024 * 1024;

/** Lists the refs of a remote whose names start with one of the prefixes; all without prefixes. */
export async function listRefs(
  transport: Transport,
  options: { readonly cwd: string; readonly prefixes?: readonly string[] | undefined },
): Promise<readonly RemoteRef[]> {
  const { prefixes = [] } = options;
  const below = (folder: string): boolean =>
    prefixes.length > 0 && prefixes.every((prefix) => prefix.startsWith(folder));
  const narrowed = below('refs/heads/') ? ['--heads'] : below('refs/tags/') ? ['--tags'] : [];
  const result = await transport.run({
    args: [
      'ls-remote',
      '--symref',
      '--upload-pack=git-upload-pack',
      ...narrowed,
      '--end-of-options',
      transport.url.href,
    ],
    cwd: options.cwd,
    maxOutput: MAX_OUTPUT,
  });
  if (result.code !== 0) {
    throw transport.failure(`Listing the refs of "${transport.name}"`, result);
  }
  const refs = parseRefs(result.stdout.toString('utf8'));
  return prefixes.length === 0
    ? refs
    : refs.filter((ref) => prefixes.some((prefix) => ref.name.startsWith(prefix)));
}

function parseRefs(output: string): readonly RemoteRef[] {
  const targets = new Map<string, string>();
  const refs = new Map<string, RemoteRef>();
  for (const line of output.split('\n')) {
    const tab = line.indexOf('\t');
    if (tab < 0) continue;
    const value = line.slice(0, tab);
    const name = line.slice(tab + 1);
    if (value.startsWith('ref: ')) {
      targets.set(name, value.slice(5));
    } else if (name.endsWith('^{}')) {
      const tag = refs.get(name.slice(0, -3));
      if (tag !== undefined) refs.set(tag.name, { ...tag, peeled: value });
    } else {
      const target = targets.get(name);
      refs.set(name, { name, sha: value, ...(target === undefined ? {} : { target }) });
    }
  }
  return [...refs.values()];
}
