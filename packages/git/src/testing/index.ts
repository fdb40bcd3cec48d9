import type { GitEngine } from '../engine.ts';
import { cloneCases } from './clone-cases.ts';
import { contractKit } from './contract-kit.ts';
import type { ContractCase, GitContractOptions } from './contract-server.ts';
import { faultCases } from './fault-cases.ts';
import { historyCases } from './history-cases.ts';
import { hostileCases } from './hostile-cases.ts';
import { sessionCases } from './session-cases.ts';
import { synchronizeCases } from './synchronize-cases.ts';
import { workTreeCases } from './work-tree-cases.ts';

export type { GitEngine } from '../engine.ts';
export type {
  ContractCase,
  ContractFault,
  ContractFaultRule,
  ContractFile,
  ContractFiles,
  ContractServer,
  ContractStep,
  GitContractOptions,
} from './contract-server.ts';

/**
 * Lists what every Git engine must do, as cases for any test runner.
 *
 * The cases talk to real servers and write to real folders, both of which the caller provides and removes. Each case stands
 * alone; cases of one engine must not run at the same time, since they switch the server's faults on and off.
 *
 * @example
 * ```ts
 * import { gitEngineContract, type GitContractOptions, type GitEngine } from '@bowline/gitops-git/testing';
 *
 * export function names(options: GitContractOptions<GitEngine>): readonly string[] {
 *   return gitEngineContract(options).map((one) => one.name);
 * }
 * ```
 */
export function gitEngineContract(options: GitContractOptions<GitEngine>): readonly ContractCase[] {
  const kit = contractKit(options);
  return [
    ...cloneCases(kit),
    ...workTreeCases(kit),
    ...historyCases(kit),
    ...synchronizeCases(kit),
    ...sessionCases(kit),
    ...faultCases(kit),
    ...hostileCases(kit),
  ];
}
