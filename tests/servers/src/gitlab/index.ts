export type { SimulatedFault, SimulatedFaultRule } from '../forge/faults.ts';
export { contractPresent } from './contract.ts';
export { contractGaps } from './gaps.ts';
export { ProjectState } from './project-state.ts';
export {
  type GitlabSimulator,
  type GitlabSimulatorOptions,
  hasGit,
  startGitlab,
} from './simulator.ts';
