export type { BitbucketCloudOptions } from './options.ts';
export { bitbucketCloud } from './provider.ts';
