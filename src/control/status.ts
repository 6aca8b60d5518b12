import type { WebhooksControl } from './webhooks.ts';

/** What the control graph asks of the running hub; the composition root answers. */
export interface HubStatus {
  connections(): Promise<readonly ConnectionStatus[]>;
  setAside(filter: { readonly connection?: string; readonly first: number }): Promise<readonly SetAsideStatus[]>;
  /** False when nothing of that stream is held. */
  approveDeletions(connection: string, stream: string): Promise<boolean>;
  readonly topics: TopicsControl;
  readonly webhooks: WebhooksControl;
}

/** What can be told again of changes, and what waits. */
export interface TopicsControl {
  jobs(first: number): Promise<readonly TopicJobStatus[]>;
  job(id: string): Promise<TopicJobStatus | undefined>;
  parked(first: number): Promise<readonly ParkedKeyStatus[]>;
  replay(request: {
    readonly entity: string;
    readonly from: Date;
    readonly to?: Date;
    readonly topic?: string;
  }): Promise<TopicJobStatus>;
  rebuildStates(entity?: string): Promise<TopicJobStatus>;
  snapshot(request: {
    readonly entity: string;
    readonly topic?: string;
    readonly group?: string;
  }): Promise<TopicJobStatus>;
  resetGroup(group: string, from: Date): Promise<void>;
  /** How many keys that is. */
  release(key?: string): Promise<number>;
}

export interface TopicJobStatus {
  readonly id: string;
  readonly kind: string;
  readonly entity: string | null;
  readonly topic: string | null;
  readonly state: string;
  readonly error: string | null;
  readonly told: number;
  readonly partitions: number;
  readonly partitionsDone: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ParkedKeyStatus {
  readonly key: string;
  readonly entity: string;
  readonly topic: string | null;
  readonly reason: string;
  readonly at: Date;
  readonly isReleasing: boolean;
}

export interface ConnectionStatus {
  readonly name: string;
  readonly product: string;
  readonly category: string;
  readonly streams: readonly StreamStatus[];
}

export interface StreamStatus {
  readonly name: string;
  readonly title: string;
  readonly entities: readonly string[];
  readonly phase: 'waiting' | 'snapshot' | 'changes';
  readonly records: number;
  readonly freshThrough: Date | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly heldDeletions: number;
  readonly maskedCardNumbers: number;
}

export interface SetAsideStatus {
  readonly connection: string;
  readonly stream: string;
  readonly sourceId: string;
  readonly code: string;
  readonly reason: string;
  readonly at: Date;
}
