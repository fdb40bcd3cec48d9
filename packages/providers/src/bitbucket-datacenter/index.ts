export type { BitbucketDatacenterOptions, CommitFiles, CommitFilesByPush } from './options.ts';
export { bitbucketDatacenter } from './provider.ts';
