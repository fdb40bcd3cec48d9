export type { ContractGap } from '../forge/contract-gap.ts';
export type { SimulatedFault, SimulatedFaultRule } from '../forge/faults.ts';
export type { SimulatedRequest } from '../forge/server.ts';
export type { SimulatedSeed } from '../forge/simulated-git.ts';
export { contractPresent } from './contract.ts';
export { contractGaps } from './gaps.ts';
export { type MergeBehaviour, RepositoryState } from './repository-state.ts';
export {
  type BitbucketCloudSimulator,
  type BitbucketCloudSimulatorOptions,
  startBitbucketCloud,
} from './simulator.ts';
