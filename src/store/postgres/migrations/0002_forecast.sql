-- The forecast learns more than counted waits and queues: when a group ships, how a shop kept its promises, and what
-- each of these weighs.
CREATE TABLE model_parts (
    name              TEXT COLLATE "C" PRIMARY KEY, -- the group, or `judge` for the weights
    part              TEXT NOT NULL -- JSON: what was learned, under the name of its kind
);
