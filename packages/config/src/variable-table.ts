/** A variable that is read from the environment and from `~/.gitops/.env`. */
export interface KnownVariable {
  readonly name: string;
  /** What it is for, in one line of the file. */
  readonly about: string;
  /** The value that stands in the commented file. */
  readonly example: string;
  /** Part of the file that it stands in. */
  readonly group: string;
  /** True when the value is hidden wherever it is shown. */
  readonly secret?: true;
}

const bitbucket = 'Bitbucket Cloud: an API token of yours, or an access token';
const others = 'Other forges; a token goes to its host alone';
const usual = 'What is used when a command does not say';
const pullRequest = 'gitops k8s-pr';
const messages = 'Notifications';
const server = 'gitops server';
const author = 'Author of commits; without it, that of the Git configuration';

/** Every variable, in the order of the commented file. */
export const knownVariables: readonly KnownVariable[] = [
  {
    name: 'BITBUCKET_EMAIL',
    about: 'E-mail address of the Atlassian account',
    example: 'me@example.com',
    group: bitbucket,
  },
  {
    name: 'BITBUCKET_API_TOKEN',
    about: 'API token with scopes for Bitbucket',
    example: '',
    group: bitbucket,
    secret: true,
  },
  {
    name: 'BITBUCKET_USER',
    about: 'Bitbucket user name for Git; may be left out',
    example: '',
    group: bitbucket,
  },
  {
    name: 'BITBUCKET_ACCESS_TOKEN',
    about: 'Instead: repository, project or workspace access token',
    example: '',
    group: bitbucket,
    secret: true,
  },
  { name: 'BITBUCKET_ORG', about: 'Workspace', example: 'acme', group: bitbucket },
  {
    name: 'GITHUB_TOKEN',
    about: 'Token of github.com, or of GITHUB_HOST if that is set',
    example: '',
    group: others,
    secret: true,
  },
  {
    name: 'GITHUB_HOST',
    about: 'Host of GitHub Enterprise',
    example: 'github.example.com',
    group: others,
  },
  {
    name: 'GITHUB_APP_ID',
    about: 'Instead: client id or number of a GitHub App',
    example: '',
    group: others,
  },
  {
    name: 'GITHUB_APP_PRIVATE_KEY',
    about: 'Its private key in PEM',
    example: '',
    group: others,
    secret: true,
  },
  {
    name: 'GITHUB_APP_PRIVATE_KEY_FILE',
    about: 'Or the file that holds it',
    example: '~/.gitops/github-app.pem',
    group: others,
  },
  {
    name: 'GITHUB_APP_INSTALLATION_ID',
    about: 'Installation; without it, the one that has the repository',
    example: '',
    group: others,
  },
  { name: 'GITHUB_ORG', about: 'Owner', example: 'acme', group: others },
  {
    name: 'GITLAB_TOKEN',
    about: 'Token of gitlab.com, or of GITLAB_HOST if that is set',
    example: '',
    group: others,
    secret: true,
  },
  {
    name: 'GITLAB_HOST',
    about: 'Host of a GitLab of your own',
    example: 'gitlab.example.com',
    group: others,
  },
  { name: 'GITLAB_ORG', about: 'Group', example: 'acme/platform', group: others },
  {
    name: 'GITEA_TOKEN',
    about: 'Token of gitea.com, or of GITEA_HOST if that is set',
    example: '',
    group: others,
    secret: true,
  },
  {
    name: 'GITEA_HOST',
    about: 'Host of a Gitea or Forgejo of your own',
    example: 'git.example.com',
    group: others,
  },
  { name: 'GITEA_ORG', about: 'Owner', example: 'acme', group: others },
  {
    name: 'BITBUCKET_DC_TOKEN',
    about: 'HTTP access token of BITBUCKET_DC_HOST',
    example: '',
    group: others,
    secret: true,
  },
  {
    name: 'BITBUCKET_DC_HOST',
    about: 'Host of a Bitbucket Data Center',
    example: 'bitbucket.example.com',
    group: others,
  },
  {
    name: 'BITBUCKET_DC_USER',
    about: 'Account that made the token, for Git',
    example: '',
    group: others,
  },
  {
    name: 'BITBUCKET_DC_ORG',
    about: 'Project',
    example: 'ACME',
    group: others,
  },
  {
    name: 'GIT_DEFAULT_REMOTE',
    about: 'Host: bitbucket.org, github.com, gitlab.com, a configured one, or local',
    example: 'bitbucket.org',
    group: usual,
  },
  {
    name: 'GIT_DEFAULT_ORG',
    about: 'Organization on a host that has none of its own above',
    example: 'acme',
    group: usual,
  },
  {
    name: 'DEFAULT_IMAGE_REGISTRY',
    about: 'Put before an image that is a bare tag',
    example: 'registry.example.com/acme',
    group: usual,
  },
  {
    name: 'K8S_PR_REPO',
    about: 'Repository of the manifests',
    example: 'gitops-k8s',
    group: pullRequest,
  },
  {
    name: 'K8S_PR_BRANCH_TEMPLATE',
    about: 'Name of the new branch',
    example: 'k8s/{cluster}/{namespace}/{deploy}',
    group: pullRequest,
  },
  {
    name: 'K8S_PR_YAML_TEMPLATE',
    about: 'Path of the manifest',
    example: '{namespace}/{deploy}_deployment.yaml',
    group: pullRequest,
  },
  {
    name: 'TEAMS_WEBHOOK',
    about: 'Address of a Teams workflow',
    example: '',
    group: messages,
    secret: true,
  },
  {
    name: 'GITOPS_WEBHOOK_URL',
    about: 'Address of a webhook of your own',
    example: '',
    group: messages,
    secret: true,
  },
  {
    name: 'GITOPS_WEBHOOK_SECRET',
    about: 'Key of its signature',
    example: '',
    group: messages,
    secret: true,
  },
  {
    name: 'SLACK_WEBHOOK',
    about: 'Incoming webhook of Slack',
    example: '',
    group: messages,
    secret: true,
  },
  {
    name: 'DISCORD_WEBHOOK',
    about: 'Webhook of a Discord channel',
    example: '',
    group: messages,
    secret: true,
  },
  {
    name: 'GOOGLE_CHAT_WEBHOOK',
    about: 'Incoming webhook of a Google Chat space',
    example: '',
    group: messages,
    secret: true,
  },
  {
    name: 'CDEVENTS_URL',
    about: 'Receiver of CDEvents',
    example: '',
    group: messages,
    secret: true,
  },
  {
    name: 'CDEVENTS_SECRET',
    about: 'Key of their signature',
    example: '',
    group: messages,
    secret: true,
  },
  {
    name: 'SMTP_URL',
    about: 'Mail server, with GITOPS_MAIL_FROM and GITOPS_MAIL_TO',
    example: '',
    group: messages,
    secret: true,
  },
  {
    name: 'GITOPS_MAIL_FROM',
    about: 'Sender of the mail',
    example: 'gitops@example.com',
    group: messages,
  },
  {
    name: 'GITOPS_MAIL_TO',
    about: 'Receivers, with commas between them',
    example: 'ops@example.com',
    group: messages,
  },
  { name: 'SERVER_HOST', about: 'Address to listen on', example: '127.0.0.1', group: server },
  { name: 'SERVER_PORT', about: 'Port to listen on', example: '8080', group: server },
  {
    name: 'GITOPS_SERVER_TOKENS',
    about: 'Hashed bearer tokens, as `gitops server token create` writes them',
    example: '',
    group: server,
    secret: true,
  },
  {
    name: 'GITHUB_WEBHOOK_SECRET',
    about: 'Secret of the webhooks that GitHub sends',
    example: '',
    group: server,
    secret: true,
  },
  {
    name: 'GITLAB_WEBHOOK_SECRET',
    about: 'That of GitLab',
    example: '',
    group: server,
    secret: true,
  },
  {
    name: 'GITEA_WEBHOOK_SECRET',
    about: 'That of Gitea or Forgejo',
    example: '',
    group: server,
    secret: true,
  },
  {
    name: 'BITBUCKET_WEBHOOK_SECRET',
    about: 'That of Bitbucket Cloud and Data Center',
    example: '',
    group: server,
    secret: true,
  },
  { name: 'GITOPS_AUTHOR_NAME', about: 'Name', example: 'Ada Lovelace', group: author },
  {
    name: 'GITOPS_AUTHOR_EMAIL',
    about: 'E-mail address',
    example: 'ada@example.com',
    group: author,
  },
];
