/**
 * What a watch event tells.
 *
 * @apache Watcher.Event.EventType
 */
export const EventType = {
  none: -1,
  nodeCreated: 1,
  nodeDeleted: 2,
  nodeDataChanged: 3,
  nodeChildrenChanged: 4,
} as const;

export type EventType = (typeof EventType)[keyof typeof EventType];
