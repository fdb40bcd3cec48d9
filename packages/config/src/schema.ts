import * as v from 'valibot';
import type { ConfigInput } from './types.ts';
import { expectations, patterns, portRange } from './values.ts';

function text<K extends keyof typeof patterns>(pattern: K, description: string) {
  return v.pipe(
    v.string(),
    v.regex(patterns[pattern], `must be ${expectations[pattern]}`),
    v.description(description),
  );
}

const filePath = v.pipe(
  v.string(),
  v.regex(/^[ -~\u00a0-\uffff]{1,4096}$/, 'must be the path of a file'),
  v.description('Path of a file that holds the secret alone; "~/" is the home folder.'),
);

const secretReference = v.union([
  v.strictObject({
    env: text(
      'variable',
      'Variable of the environment or of ~/.gitops/.env that holds the secret.',
    ),
  }),
  v.strictObject({ file: filePath }),
]);

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
]);

const host = v.strictObject({
  kind: v.exactOptional(
    v.pipe(
      v.picklist(['bitbucket-cloud', 'bitbucket-datacenter', 'github', 'gitlab', 'gitea']),
      v.description('Required unless the host is well known. Forgejo is "gitea".'),
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
  server: v.exactOptional(
    v.strictObject({
      host: v.exactOptional(text('listenHost', 'Address to listen on. Default: 127.0.0.1.')),
      port: v.exactOptional(
        v.pipe(
          v.number(),
          v.integer('must be a whole number'),
          v.minValue(portRange.min, `must be at least ${portRange.min}`),
          v.maxValue(portRange.max, `must be at most ${portRange.max}`),
          v.description('Port to listen on; 0 lets the system choose. Default: 8080.'),
        ),
      ),
    }),
  ),
  author: v.exactOptional(
    v.strictObject({
      name: v.exactOptional(text('personName', 'Name of the author of commits.')),
      email: v.exactOptional(text('email', 'E-mail address of the author of commits.')),
    }),
  ),
  notifications: v.exactOptional(
    v.strictObject({
      teams: v.exactOptional(v.strictObject({ url: secretReference })),
      webhooks: v.exactOptional(
        v.pipe(
          v.array(
            v.strictObject({
              url: v.union([
                text('plainWebhookUrl', 'Address that holds no secret.'),
                ...secretReference.options,
              ]),
              secret: v.exactOptional(secretReference),
              allowPrivateAddresses: v.exactOptional(
                v.pipe(
                  v.boolean(),
                  v.description(
                    'Sends to loopback and private networks too. Only in a file that was named on purpose. Default: false.',
                  ),
                ),
              ),
            }),
          ),
          v.maxLength(20, 'must have at most 20 entries'),
        ),
      ),
    }),
  ),
  hosts: v.exactOptional(
    v.pipe(
      v.record(text('host', 'host or host:port'), host),
      v.description('Forges by host or host:port.'),
    ),
  ),
}) satisfies v.GenericSchema<unknown, ConfigInput>;
