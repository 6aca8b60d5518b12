import { ConflictError, ContractError, RejectedRecordError, TransientError } from '#sdk';

/** A message is no event of a hub: no CloudEvents headers, no JSON, or not what its type says. */
export class InvalidEventError extends RejectedRecordError {}

/** An event of a type or version that this consumer was not written for. */
export class UnknownEventError extends RejectedRecordError {}

/** Too much was parked: the pipeline pauses where it stands until something is released, or handling works again. */
export class ParkedTooMuchError extends ContractError {}

/** Another consumer took the partition over: nothing of this one is committed any more. */
export class TakenOverError extends ConflictError {}

/** Nothing was fetched for too long: the consumer is built anew. */
export class StalledError extends TransientError {}
