export type { GitlabAuth, GitlabOptions } from './options.ts';
export { gitlab } from './provider.ts';
