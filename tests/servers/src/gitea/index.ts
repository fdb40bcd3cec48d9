export { ActionState, type RunState } from './action-state.ts';
export { contractPresent } from './contract.ts';
export { contractGaps } from './gaps.ts';
export { type Flavour, type MergeBehaviour, RepositoryState } from './repository-state.ts';
export { type GiteaSimulator, type GiteaSimulatorOptions, startGitea } from './simulator.ts';
