// Imported on demand and in one place: a bundler gives the names of a CommonJS module only to a static import.
export { run } from '@oclif/core/run';
