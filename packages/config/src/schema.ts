import * as v from 'valibot';
import { notificationsSchema } from './channel-schema.ts';
import { secretReference, text, wholeNumber } from './schema-parts.ts';
import { serverSchema } from './server-schema.ts';
import type { ConfigInput } from './types.ts';

const username = text('username', 'User name for Git over HTTPS.');

const credential = v.variant('kind', [
  v.strictObject({
    kind: v.pipe(v.literal('api-token'), v.description('API token of a user of Bitbucket Cloud.')),
    email: text('email', 'E-mail address of the Atlassian account.'),
    token: secretReference,
    username: v.exactOptional(username),
  }),
  v.strictObject({
    kind: v.pipe(
      v.literal('access-token'),
      v.description('Repository, project or workspace access token of Bitbucket Cloud.'),
    ),
    token: secretReference,
  }),
  v.strictObject({
    kind: v.pipe(
      v.literal('token'),
      v.description('Token of GitHub, GitLab, Gitea, Forgejo or Bitbucket Data Center.'),
    ),
    token: secretReference,
    username: v.exactOptional(username),
  }),
  v.strictObject({
    kind: v.pipe(
      v.literal('password'),
      v.description('User name and password on a Gitea or Bitbucket Data Center of your own.'),
    ),
    username,
    password: secretReference,
  }),
  v.strictObject({
    kind: v.pipe(
      v.literal('github-app'),
      v.description('A GitHub App, which makes short tokens of its own.'),
    ),
    appId: v.union([
      text('appId', 'Client id or number of the app.'),
      wholeNumber(1, Number.MAX_SAFE_INTEGER, 'Number of the app.'),
    ]),
    privateKey: secretReference,
    installationId: v.exactOptional(
      wholeNumber(
        1,
        Number.MAX_SAFE_INTEGER,
        'Number of the installation. Default: the one that has the repository.',
      ),
    ),
  }),
  v.strictObject({
    kind: v.pipe(
      v.literal('job-token'),
      v.description('CI_JOB_TOKEN of a GitLab CI job; few endpoints of the REST API take it.'),
    ),
    token: secretReference,
  }),
]);

const host = v.strictObject({
  kind: v.exactOptional(
    v.pipe(
      v.picklist(['bitbucket-cloud', 'bitbucket-datacenter', 'github', 'gitlab', 'gitea', 'git']),
      v.description(
        'Required unless the host is well known. Forgejo is "gitea"; "git" is a Git server without the API of a forge.',
      ),
    ),
  ),
  apiUrl: v.exactOptional(
    text(
      'httpUrl',
      'Base address of the REST API, on this host; https unless insecureHttp is true.',
    ),
  ),
  apiHost: v.exactOptional(
    text(
      'host',
      'Host of apiUrl where it is another one. Only in a file that is named with --config.',
    ),
  ),
  insecureHttp: v.exactOptional(
    v.pipe(v.boolean(), v.description('Allows plain HTTP to this host. Default: false.')),
  ),
  organization: v.exactOptional(
    text(
      'organization',
      'Organization, workspace or group of a repository that is given without one.',
    ),
  ),
  credential: v.exactOptional(credential),
});

/** What gitops.yaml may hold. `schema.json` is generated from it. */
export const configSchema = v.strictObject({
  defaults: v.exactOptional(
    v.strictObject({
      remote: v.exactOptional(
        text('host', 'Host that is used when a command names none. Default: bitbucket.org.'),
      ),
      organization: v.exactOptional(
        text('organization', 'Organization on a host that has none of its own.'),
      ),
      imageRegistry: v.exactOptional(
        text('imageRegistry', 'Registry that is put before an image that is a bare tag.'),
      ),
    }),
  ),
  kubernetesPullRequest: v.exactOptional(
    v.strictObject({
      repository: v.exactOptional(
        text('repository', 'Repository of the manifests. Default: gitops-k8s.'),
      ),
      branchTemplate: v.exactOptional(
        text('template', 'Name of the new branch. Default: k8s/{cluster}/{namespace}/{deploy}.'),
      ),
      yamlTemplate: v.exactOptional(
        text('template', 'Path of the manifest. Default: {namespace}/{deploy}_deployment.yaml.'),
      ),
    }),
  ),
  server: v.exactOptional(serverSchema),
  author: v.exactOptional(
    v.strictObject({
      name: v.exactOptional(text('personName', 'Name of the author of commits.')),
      email: v.exactOptional(text('email', 'E-mail address of the author of commits.')),
    }),
  ),
  notifications: v.exactOptional(notificationsSchema),
  hosts: v.exactOptional(
    v.pipe(
      v.record(text('host', 'host or host:port'), host),
      v.description('Forges by host or host:port.'),
    ),
  ),
}) satisfies v.GenericSchema<unknown, ConfigInput>;
