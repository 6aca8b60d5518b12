/** What the control graph asks of the running hub; the composition root answers. */
export interface HubStatus {
  connections(): Promise<readonly ConnectionStatus[]>;
  setAside(filter: { readonly connection?: string; readonly first: number }): Promise<readonly SetAsideStatus[]>;
  /** False when nothing of that stream is held. */
  approveDeletions(connection: string, stream: string): Promise<boolean>;
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
}

export interface SetAsideStatus {
  readonly connection: string;
  readonly stream: string;
  readonly sourceId: string;
  readonly code: string;
  readonly reason: string;
  readonly at: Date;
}
