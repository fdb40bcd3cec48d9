// Uses one function of each root as a consumer with ECMAScript modules does. Prints one line of JSON.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@bowline/gitops-config';
import { isGitOpsError, redact, Secret, serializeError } from '@bowline/gitops-errors';
import { openGit, parseRemoteUrl } from '@bowline/gitops-git';
import { setImage } from '@bowline/gitops-manifests';
import { createEvent, dispatch } from '@bowline/gitops-notify';
import { createBranch } from '@bowline/gitops-operations';
import { connect } from '@bowline/gitops-providers';

const folder = await mkdtemp(join(tmpdir(), 'bowline-consumer-'));
try {
  const token = new Secret('a-token-of-the-consumer');
  const { config } = await loadConfig({
    environment: { GITHUB_TOKEN: token.reveal() },
    homeDirectory: folder,
    workingDirectory: folder,
  });

  const manifest =
    'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers:\n    - { name: web, image: "r.example.com/web:1" } # kept\n';
  const edited = setImage(manifest, 'r.example.com/web:2');

  const event = createEvent('branch.created', {
    actor: { name: 'Ada Lovelace' },
    data: { branch: 'release', source: 'main' },
  });
  const seen = [];
  const [delivery] = await dispatch(event, [
    { name: 'list', deliver: async ({ type }) => void seen.push(type) },
  ]);

  const provider = await connect({ kind: 'local', root: folder });
  const repository = provider.repository('absent');
  const failure = await createBranch({ repository, source: 'main', branch: 'release' }).catch(
    (error) => error,
  );

  process.stdout.write(
    JSON.stringify({
      config: typeof config.defaults.remote,
      errors: redact('https://me:hunter22@host/a.git'),
      masked: JSON.stringify({ token, config }).includes(token.reveal()),
      git: parseRemoteUrl('git@bitbucket.org:acme/shop.git').host,
      openGit: typeof openGit().editBranch,
      manifests: edited.text === manifest.replace('web:1', 'web:2'),
      notify: [delivery.status, ...seen],
      operations: isGitOpsError(failure)
        ? 'an error of ours'
        : String(serializeError(failure).message),
      providers: provider.kind,
    }),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
