export { contractPresent } from './contract.ts';
export type { SimulatedFault, SimulatedFaultRule } from './faults.ts';
export { type ContractGap, contractGaps } from './gaps.ts';
export type { MergeBehaviour, SimulatedSeed } from './repository-state.ts';
export { RepositoryState } from './repository-state.ts';
export {
  type BitbucketCloudSimulator,
  type BitbucketCloudSimulatorOptions,
  type SimulatedRequest,
  startBitbucketCloud,
} from './simulator.ts';
