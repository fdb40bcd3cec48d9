export { users } from './exchange.ts';
export { mergeWaiting } from './merge-routes.ts';
export { RepositoryState, type UserState } from './repository-state.ts';
export { type BitbucketDatacenterSimulator, startBitbucketDatacenter } from './simulator.ts';
