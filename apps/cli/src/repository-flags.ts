import * as Flags from '@oclif/core/flags';

/** The flags that say where a repository is, for commands that only read it. */
export const repositoryFlags = {
  org: Flags.string({
    description:
      'Owner of the repository (workspace, organization, group); a folder with --remote local.',
    helpGroup: 'REPOSITORY',
  }),
  remote: Flags.string({
    description:
      'Host of the forge, such as bitbucket.org, or "local" for bare repositories on disk.',
    helpGroup: 'REPOSITORY',
    helpValue: 'HOST',
  }),
};
