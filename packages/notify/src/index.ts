export type {
  Channel,
  Delivered,
  DeliverOptions,
  DeliveryFailed,
  DeliveryResult,
  DeliverySkipped,
} from './channel.ts';
export type { CreateEventOptions, EventInput } from './create-event.ts';
export { createEvent } from './create-event.ts';
export type { DispatchOptions } from './dispatch.ts';
export { dispatch } from './dispatch.ts';
export type { NotifyErrorCode, NotifyErrorOptions } from './errors.ts';
export { NotifyError, notifyErrorCodes } from './errors.ts';
export type { EventBase, EventData, EventSeverity, EventType, GitOpsEvent } from './event.ts';
export type {
  EventActor,
  EventCommit,
  EventImageChange,
  EventJob,
  EventLink,
  EventPromotion,
  EventPullRequest,
  EventRepository,
  EventTarget,
} from './event-parts.ts';
export type { RouteOptions, RouteRule } from './route-channel.ts';
export { routeChannel } from './route-channel.ts';
export type {
  RouteMemory,
  RouteMemoryOptions,
  RouteSnapshot,
  SwitchedOffChannel,
} from './route-memory.ts';
export { createRouteMemory } from './route-memory.ts';
export type {
  EventDeployment,
  EventEnvironment,
  EventOutcome,
  EventPipelineRun,
  EventRunEnd,
  EventService,
  EventSync,
  EventSyncCounts,
  EventTaskRun,
} from './run-parts.ts';
