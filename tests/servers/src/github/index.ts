export type { SimulatedFault, SimulatedFaultRule } from '../forge/faults.ts';
export { contractPresent } from './contract.ts';
export { settleAutoMerges } from './graphql-mutations.ts';
export { type PullState, RepositoryState } from './repository-state.ts';
export { type GitHubSimulator, type GitHubSimulatorOptions, startGitHub } from './simulator.ts';
export { openSecret } from './variable-routes.ts';
