export type {
  ContractAbsence,
  ContractCase,
  ContractCi,
  ContractSkip,
  ContractSubject,
  ProviderContractOptions,
  Seed,
  SeedFile,
  SeenCommit,
} from './contract.ts';
export { providerContract } from './provider-contract.ts';
